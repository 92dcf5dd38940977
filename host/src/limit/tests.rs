//! Shares by a clock that the tests wind.

use governor::clock::FakeRelativeClock;

use super::*;

fn quota(rate: &str, burst: u32, concurrent: u32) -> Quota {
    Quota::new(rate.parse().unwrap(), burst, concurrent)
}

fn config() -> Config {
    let wide = quota("1000000/s", 1_000_000, 1000);
    Config { caller: wide, tool: wide, target: wide, exceptions: Vec::new() }
}

fn limits(config: Config) -> (Limits<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Limits::with_clock(config, &clock), clock)
}

fn caller(subject: &str) -> Principal {
    Principal::new(subject, Vec::new())
}

/// Whose limit refuses a call of `ana`'s, and for how many milliseconds.
#[track_caller]
fn refusal(limits: &Limits<FakeRelativeClock>, principal: &Principal, tool: &str) -> (&'static str, u128) {
    match limits.admit(principal, "kubernetes", tool) {
        Err(CallError::RateLimited { of, retry_after }) => (of, retry_after.as_millis()),
        other => panic!("{other:?}"),
    }
}

fn run(limits: &Limits<FakeRelativeClock>, principal: &Principal, tool: &str) -> Admitted {
    limits.admit(principal, "kubernetes", tool).unwrap()
}

#[test]
fn a_burst_is_let_in_and_then_the_rate_holds() {
    let (limits, clock) = limits(Config { caller: quota("60/m", 3, 100), ..config() });
    let (ana, ben) = (caller("user:ana"), caller("user:ben"));
    for _ in 0..3 {
        drop(run(&limits, &ana, "list"));
    }
    assert_eq!(refusal(&limits, &ana, "list"), ("by this caller", 1000));
    drop(run(&limits, &ben, "list"));

    clock.advance(Duration::from_millis(400));
    assert_eq!(refusal(&limits, &ana, "list"), ("by this caller", 600), "a refusal costs nothing");
    clock.advance(Duration::from_millis(600));
    drop(run(&limits, &ana, "list"));
    assert_eq!(refusal(&limits, &ana, "list"), ("by this caller", 1000));
}

#[test]
fn one_caller_cannot_take_every_instance() {
    let (limits, _clock) = limits(Config { caller: quota("1000/s", 1000, 2), ..config() });
    let (ana, ben) = (caller("user:ana"), caller("user:ben"));
    let first = run(&limits, &ana, "list");
    let _second = run(&limits, &ana, "logs");
    assert_eq!(refusal(&limits, &ana, "list"), ("by this caller at once", 1000));
    let _other = run(&limits, &ben, "list");
    drop(first);
    let _third = run(&limits, &ana, "list");
    assert_eq!(refusal(&limits, &ana, "list"), ("by this caller at once", 1000));
}

#[test]
fn a_tool_has_a_share_of_its_own_and_a_refusal_by_it_frees_the_callers_place() {
    let (limits, clock) =
        limits(Config { caller: quota("1000/s", 1000, 1), tool: quota("1/s", 1, 10), ..config() });
    let (ana, ben) = (caller("user:ana"), caller("user:ben"));
    drop(run(&limits, &ana, "list"));
    assert_eq!(refusal(&limits, &ben, "list"), ("of this tool", 1000));
    drop(run(&limits, &ben, "logs"));
    clock.advance(Duration::from_secs(1));
    let _running = run(&limits, &ben, "list");
}

#[test]
fn the_words_of_a_refusal_say_whose_limit_and_when() {
    let (limits, _clock) = limits(Config { caller: quota("1/m", 1, 10), ..config() });
    let ana = caller("user:ana");
    drop(run(&limits, &ana, "list"));
    let refused = limits.admit(&ana, "kubernetes", "list").unwrap_err();
    assert_eq!(refused.to_string(), "too many calls by this caller; try again in 60 s");
    assert_eq!(refused.code(), "call.rate-limited");
}

#[test]
fn the_first_exception_that_fits_holds_and_takes_the_rest_from_everyone() {
    let change = |rate: &str| Change { rate: Some(rate.parse().unwrap()), ..Change::default() };
    let exceptions = vec![
        Exception { whom: Whom::Principal("token:deploy".to_owned()), change: change("5/h") },
        Exception { whom: Whom::Group("ci".to_owned()), change: change("2/s") },
        Exception {
            whom: Whom::Tool { plugin: "kubernetes".to_owned(), tool: Some("logs".to_owned()) },
            change: Change { concurrent: std::num::NonZeroU32::new(1), ..Change::default() },
        },
    ];
    let (limits, _clock) = limits(Config { exceptions, ..config() });
    let deploy = Principal::new("token:deploy", vec!["ci".to_owned()]);
    let build = Principal::new("token:build", vec!["ci".to_owned()]);
    for _ in 0..5 {
        drop(run(&limits, &deploy, "list"));
    }
    assert_eq!(refusal(&limits, &deploy, "list"), ("by this caller", 720_000));
    for _ in 0..2 {
        drop(run(&limits, &build, "list"));
    }
    assert_eq!(refusal(&limits, &build, "list"), ("by this caller", 500));

    let _logs = run(&limits, &caller("user:ana"), "logs");
    assert_eq!(refusal(&limits, &caller("user:ben"), "logs"), ("of this tool at once", 1000));
    let _list = run(&limits, &caller("user:ben"), "list");
}

#[test]
fn a_target_is_counted_over_all_calls_and_apart_from_others() {
    let (limits, clock) = limits(Config { target: quota("10/s", 1, 1), ..config() });
    let place = limits.target("kubernetes", "cluster", "prod").unwrap();
    let _other = limits.target("kubernetes", "cluster", "lab").unwrap();
    let _same_name = limits.target("palette", "cluster", "prod").unwrap();
    let refused = |why, millis| Refused { why, retry_after: Duration::from_millis(millis) };
    let ask = || limits.target("kubernetes", "cluster", "prod");
    assert_eq!(ask().unwrap_err(), refused(Why::Concurrency, 1000));
    drop(place);
    assert_eq!(ask().unwrap_err(), refused(Why::Rate, 100));
    clock.advance(Duration::from_millis(100));
    drop(ask().unwrap());
}

#[test]
fn keys_are_forgotten_when_their_share_is_whole_again_and_not_before() {
    // Whole again after three seconds.
    let (limits, clock) = limits(Config { caller: quota("1/s", 3, 10), ..config() });
    let ana = caller("user:ana");
    for _ in 0..3 {
        drop(run(&limits, &ana, "list"));
    }
    let _running = run(&limits, &caller("user:ben"), "list");
    for number in 0..1000 {
        drop(run(&limits, &caller(&format!("user:{number}")), "list"));
    }
    assert_eq!(refusal(&limits, &ana, "list"), ("by this caller", 1000), "a flood of names wins nothing");
    clock.advance(Duration::from_secs(60));
    for number in 1000..3000 {
        drop(run(&limits, &caller(&format!("user:{number}")), "list"));
    }
    assert!(limits.callers.remembered() < 3000, "{}", limits.callers.remembered());
}

#[test]
fn memory_is_bounded_and_newcomers_share_what_is_left() {
    let (limits, clock) = limits(Config { caller: quota("1/h", 1, 10), ..config() });
    let mut refused = 0;
    for number in 0..2 * share::KEYS {
        let admitted = limits.admit(&caller(&format!("user:{number}")), "kubernetes", "list");
        refused += usize::from(admitted.is_err());
    }
    assert!(limits.callers.remembered() <= share::KEYS + 1);
    assert!(refused >= share::KEYS - 1, "one cell for all of them: {refused}");
    clock.advance(Duration::from_secs(3600));
    drop(run(&limits, &caller("user:new"), "list"));
    assert!(limits.callers.remembered() < share::KEYS, "and is free again when they are quiet");
}

#[test]
fn many_at_once_never_exceed_the_number() {
    let limits = Limits::new(Config { caller: quota("1000000/s", 1_000_000, 8), ..config() });
    let (ana, most) = (caller("user:ana"), std::sync::atomic::AtomicU32::new(0));
    let running = std::sync::atomic::AtomicU32::new(0);
    let order = std::sync::atomic::Ordering::SeqCst;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut held = Vec::new();
                for round in 0..5_000 {
                    if let Ok(admitted) = limits.admit(&ana, "kubernetes", &format!("t{round}")) {
                        most.fetch_max(running.fetch_add(1, order) + 1, order);
                        held.push(admitted);
                    }
                    if held.len() > 3 {
                        running.fetch_sub(u32::try_from(held.len()).unwrap(), order);
                        held.clear();
                    }
                }
                running.fetch_sub(u32::try_from(held.len()).unwrap(), order);
            });
        }
    });
    assert!((1..=8).contains(&most.load(order)), "{most:?}");
}

#[track_caller]
fn check_rate(text: &str, sound: bool) {
    let read = text.parse::<Rate>();
    assert_eq!(read.is_ok(), sound, "{text}: {read:?}");
    if let Ok(rate) = read {
        assert_eq!(rate.to_string(), text);
    }
}

#[test]
fn rates_are_read_as_people_write_them() {
    for text in ["1/s", "20/s", "600/m", "1000000/h"] {
        check_rate(text, true);
    }
    for text in
        ["", "20", "/s", "0/s", "-1/s", "+1/s", "1.5/s", "20/d", "20/S", "20 /s", "1000001/s", "20/s/s"]
    {
        check_rate(text, false);
    }
    assert_eq!(
        "20".parse::<Rate>().unwrap_err().to_string(),
        "`20` is no rate; write a number from 1 to 1000000 and a unit, such as `20/s`, `600/m` or `1000/h`"
    );
}

#[test]
fn a_lower_rate_brings_a_lower_burst() {
    let everyone = quota("600/m", 100, 16);
    let change =
        |rate: Option<&str>| Change { rate: rate.map(|text| text.parse().unwrap()), ..Change::default() };
    assert_eq!(change(Some("5/m")).of(everyone), quota("5/m", 5, 16));
    assert_eq!(change(Some("6000/m")).of(everyone), quota("6000/m", 100, 16));
    assert_eq!(change(None).of(everyone), everyone);
}
