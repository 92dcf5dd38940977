//! One login at a time, renewed in time, given up when it fails.

mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::*;
use crate::egress::redact::Redactor;

/// Gives out `token-number-1`, `-2` and so on, or fails as it is told.
struct Fake {
    logins: AtomicUsize,
    life: Mutex<Option<Duration>>,
    fault: Mutex<Option<LoginFault>>,
    /// A login waits for one of these.
    may: Semaphore,
}

impl Fake {
    fn new(life: Option<u64>) -> Arc<Self> {
        let life = Mutex::new(life.map(Duration::from_secs));
        let may = Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self { logins: AtomicUsize::new(0), life, fault: Mutex::default(), may })
    }

    fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    fn fail(&self, fault: impl Into<Option<LoginFault>>) {
        *self.fault.lock().unwrap() = fault.into();
    }
}

/// What logs in, by the same counter.
struct By(Arc<Fake>);

impl Authenticator for By {
    fn login(&self, attempt: Attempt) -> BoxFuture<'static, Result<Granted, LoginFault>> {
        let fake = Arc::clone(&self.0);
        Box::pin(async move {
            let number = fake.logins.fetch_add(1, Ordering::SeqCst) + 1;
            fake.may.acquire().await.unwrap().forget();
            if let Some(fault) = *fake.fault.lock().unwrap() {
                return Err(fault);
            }
            assert_eq!(attempt.secrets[0].1.expose(), "password-of-svc");
            let token = format!("token-number-{number}-of-{}", attempt.target.name());
            Ok(Granted { token: Secret::new(token), expires_in: *fake.life.lock().unwrap() })
        })
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn session(fake: &Arc<Fake>) -> Session {
    with_password(fake, "password-of-svc")
}

fn with_password(fake: &Arc<Fake>, password: &str) -> Session {
    let slot = Slot::default();
    assert!(slot.set(Arc::new(By(Arc::clone(fake)))).is_ok());
    let target = Target::new("plugin", "server", "a", Vec::new(), Err(Unusable::new("of no use")));
    Session::new(Making {
        plugin: "plugin".to_owned(),
        upstream: "server".to_owned(),
        target: "a".to_owned(),
        base: "https://a.example".to_owned(),
        source: Source::Component { slot, target, secrets: vec![("password".to_owned(), secret(password))] },
        fixed: Authentication::default(),
        secrets: vec![secret(password)],
        keyring: Redactor::default().keyring(),
        told: Told::default(),
    })
}

/// The number of the token that a request would carry now.
async fn number(session: &Session) -> usize {
    let authentication = session.current().await.unwrap();
    let value = authentication.headers.get(AUTHORIZATION).unwrap().to_str().unwrap().to_owned();
    value.strip_prefix("Bearer token-number-").unwrap().split('-').next().unwrap().parse().unwrap()
}

async fn reason(session: &Session) -> String {
    session.current().await.unwrap_err().reason
}

async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_that_need_a_token_one_login_is_made() {
    let fake = Fake::new(Some(3600));
    let session = session(&fake);
    let numbers = futures::future::join_all((0..50).map(|_| number(&session))).await;
    assert!(numbers.iter().all(|number| *number == 1));
    assert_eq!(fake.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_goes_on_without_the_request_that_began_it() {
    let fake = Fake::new(Some(3600));
    fake.may.forget_permits(usize::MAX);
    let session = session(&fake);
    let first = tokio::spawn({
        let session = session.clone();
        async move { number(&session).await }
    });
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = tokio::spawn({
        let session = session.clone();
        async move { number(&session).await }
    });
    settle().await;
    fake.may.add_permits(1);
    assert_eq!(second.await.unwrap(), 1);
    assert_eq!(fake.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_beside_the_requests_that_still_use_it() {
    let fake = Fake::new(Some(3600));
    let session = session(&fake);
    assert_eq!(number(&session).await, 1);
    pass(2879).await;
    assert_eq!(number(&session).await, 1);
    settle().await;
    assert_eq!(fake.logins(), 1);
    pass(1).await;
    // Four fifths of an hour: this one notices, and is not kept waiting.
    assert_eq!(number(&session).await, 1);
    settle().await;
    assert_eq!((number(&session).await, fake.logins()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_has_ended_is_not_used() {
    let fake = Fake::new(Some(100));
    let session = session(&fake);
    assert_eq!(number(&session).await, 1);
    // A minute before its end is sooner than four fifths.
    pass(50).await;
    fake.fail(LoginFault::Unanswered);
    assert_eq!(number(&session).await, 1);
    settle().await;
    assert_eq!(fake.logins(), 2);
    pass(49).await;
    assert_eq!(number(&session).await, 1, "it is good to its end, whatever became of its renewal");
    settle().await;
    pass(1).await;
    assert_eq!(reason(&session).await, "its login was not answered; there is no other login for 59 s");
    fake.fail(None);
    pass(60).await;
    assert_eq!(number(&session).await, 4);
}

#[tokio::test(start_paused = true)]
async fn failures_are_waited_out_for_longer_and_longer() {
    let fake = Fake::new(Some(3600));
    fake.fail(LoginFault::Unanswered);
    let session = session(&fake);
    for (at, pause) in [30, 60, 120, 240, 480, 900, 900].into_iter().enumerate() {
        let expected = format!("its login was not answered; there is no other login for {pause} s");
        assert_eq!(reason(&session).await, expected);
        pass(pause - 1).await;
        assert_eq!(reason(&session).await, "its login was not answered; there is no other login for 1 s");
        assert_eq!(fake.logins(), at + 1);
        pass(1).await;
    }
    fake.fail(None);
    assert_eq!(number(&session).await, 8);
    // A success forgets them.
    let authentication = session.current().await.unwrap();
    fake.fail(LoginFault::Unanswered);
    assert!(session.discard(&authentication).await);
    assert_eq!(reason(&session).await, "its login was not answered; there is no other login for 30 s");
}

#[tokio::test(start_paused = true)]
async fn what_a_server_refuses_is_tried_three_times_and_no_more() {
    let fake = Fake::new(Some(3600));
    fake.fail(LoginFault::Refused);
    let session = session(&fake);
    for pause in [30, 60] {
        assert_eq!(
            reason(&session).await,
            format!("its login was refused; there is no other login for {pause} s")
        );
        pass(pause).await;
    }
    let told = reason(&session).await;
    assert!(told.starts_with("its login was refused 3 times; there is no other login until"), "{told}");
    pass(24 * 3600).await;
    fake.fail(None);
    assert_eq!(reason(&session).await, told);
    assert_eq!(fake.logins(), 3);
    // Taken up again, it is tried again.
    let again = self::session(&fake);
    again.adopt(&session);
    assert_eq!(number(&again).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_login_without_end_is_given_up() {
    let fake = Fake::new(Some(3600));
    fake.may.forget_permits(usize::MAX);
    let session = session(&fake);
    let began = Instant::now();
    assert!(reason(&session).await.starts_with("its login was not answered"));
    assert_eq!(began.elapsed(), LONGEST);
}

#[tokio::test(start_paused = true)]
async fn one_refused_token_is_one_login_and_only_so_many() {
    let fake = Fake::new(None);
    let session = session(&fake);
    for round in 1..=MOST_RENEWED {
        let authentication = session.current().await.unwrap();
        // Many requests carried it, and all were refused.
        for _ in 0..5 {
            assert!(session.discard(&authentication).await);
        }
        let numbers = futures::future::join_all((0..5).map(|_| number(&session))).await;
        assert_eq!((numbers, fake.logins()), (vec![round + 1; 5], round + 1));
    }
    let authentication = session.current().await.unwrap();
    assert!(!session.discard(&authentication).await);
    assert_eq!(number(&session).await, MOST_RENEWED + 1);
    pass(RENEWED_IN.as_secs()).await;
    assert!(session.discard(&authentication).await);
    assert_eq!(number(&session).await, MOST_RENEWED + 2);
}

#[tokio::test(start_paused = true)]
async fn what_can_be_no_token_is_none() {
    for (text, life) in [
        ("", Some(60)),
        // So short that an echo of it could not be told from innocent text.
        ("short", Some(60)),
        ("with spaces in it", Some(60)),
        ("with\nline-break", Some(60)),
        ("good-enough", Some(0)),
        (&"x".repeat(8193), Some(60)),
    ] {
        let granted = Granted { token: secret(text), expires_in: life.map(Duration::from_secs) };
        let made = Token::new(granted, &Authentication::default());
        assert_eq!(made.err(), Some(LoginFault::Unfit), "{text:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_the_token_of_an_unchanged_target() {
    let fake = Fake::new(Some(3600));
    let before = session(&fake);
    assert_eq!(number(&before).await, 1);
    let same = session(&fake);
    same.adopt(&before);
    assert_eq!((number(&same).await, fake.logins()), (1, 1));
    let other = with_password(&fake, "password-of-svc-2");
    other.adopt(&before);
    fake.fail(LoginFault::Refused);
    assert!(reason(&other).await.starts_with("its login was refused"));
    assert_eq!(fake.logins(), 2);
}
