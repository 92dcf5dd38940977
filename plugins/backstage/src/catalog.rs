//! Asks every Backstage that a call has, page by page.

use std::collections::BTreeSet;

use postern_entities::lookup::{MOST, Sought};
use postern_sdk::{Entity, Lookup, Problem, Response};

use crate::answer;
use crate::request::{self, Get};

/// Pages of one lookup: as many as the most entities take, and some that hold little.
const MOST_PAGES: usize = 10;

/// A Backstage.
pub trait Server {
    /// Its answer, whatever its status.
    fn get(&self, get: Get) -> impl Future<Output = Result<Response, Problem>>;
}

/// What is looked up, of all servers in their order: the first that has an entity has it.
///
/// # Errors
/// [`Problem::Invalid`] for what cannot be looked up; otherwise as the servers answer: an answer without what one of
/// them has would look complete.
pub async fn find<S: Server>(servers: &[S], what: &Lookup) -> Result<Vec<Entity>, Problem> {
    let sought = Sought::of(what)?;
    let mut found: Vec<Entity> = Vec::new();
    let mut seen = BTreeSet::new();
    for server in servers {
        let entities = match &sought {
            Sought::One(reference) => {
                answer::entity(&server.get(request::by_name(reference)).await?)?.into_iter().collect()
            }
            Sought::Titled { .. } | Sought::Related { .. } => pages(server, &sought).await?,
        };
        found.extend(entities.into_iter().filter(|it| seen.insert(it.reference.clone())));
        if found.len() >= MOST || (matches!(sought, Sought::One(_)) && !found.is_empty()) {
            break;
        }
    }
    found.truncate(MOST);
    Ok(found)
}

async fn pages<S: Server>(server: &S, sought: &Sought) -> Result<Vec<Entity>, Problem> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = answer::page(&server.get(request::by_query(sought, cursor.as_deref())).await?)?;
        // Its filters may be wider than what is sought.
        found.extend(page.entities.into_iter().filter(|it| sought.fits(it)));
        cursor = page.next;
        if cursor.is_none() || found.len() >= MOST {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;
    use postern_sdk::Titled;
    use serde_json::{Value, json};

    use super::*;

    /// Answers in order, and remembers what it was asked.
    #[derive(Default)]
    struct Fake {
        answers: RefCell<Vec<(u16, Value)>>,
        asked: RefCell<Vec<Get>>,
    }

    impl Fake {
        fn new(mut answers: Vec<(u16, Value)>) -> Self {
            answers.reverse();
            Self { answers: RefCell::new(answers), ..Self::default() }
        }
    }

    impl Server for Fake {
        async fn get(&self, get: Get) -> Result<Response, Problem> {
            self.asked.borrow_mut().push(get);
            let (status, body) = self.answers.borrow_mut().pop().unwrap();
            Ok(Response { status, headers: Vec::new(), body: body.to_string().into_bytes() })
        }
    }

    fn shop(name: &str) -> Value {
        json!({"kind": "Component", "metadata": {"name": name, "title": "Shop"}})
    }

    fn titled() -> Lookup {
        Lookup::Title(Titled { title: "shop".to_owned(), kind: None, type_: None })
    }

    fn names(found: &[Entity]) -> Vec<&str> {
        found.iter().map(|it| it.name.as_str()).collect()
    }

    #[test]
    fn pages_are_followed_to_their_end() {
        let page = |name: &str, next: Option<&str>| {
            let other = json!({"kind": "Component", "metadata": {"name": "x", "title": "Shopping"}});
            (200, json!({"items": [shop(name), other], "pageInfo": {"nextCursor": next}}))
        };
        let server = Fake::new(vec![page("a", Some("1")), page("b", Some("2")), page("c", None)]);
        let found = block_on(find(std::slice::from_ref(&server), &titled())).unwrap();
        assert_eq!(names(&found), ["a", "b", "c"]);
        let cursors: Vec<_> =
            server.asked.borrow().iter().map(|get| get.parameters.last().cloned()).collect();
        assert_eq!(cursors.last(), Some(&Some(("cursor", "2".to_owned()))));
        // One that never ends does not hold the call.
        let endless = Fake::new((0..20).map(|_| page("a", Some("more"))).collect());
        block_on(find(std::slice::from_ref(&endless), &titled())).unwrap();
        assert_eq!(endless.asked.borrow().len(), MOST_PAGES);
    }

    #[test]
    fn the_first_that_has_it_has_it() {
        let reference = Lookup::Reference("component:shop".to_owned());
        let servers =
            [Fake::new(vec![(404, json!({}))]), Fake::new(vec![(200, shop("shop"))]), Fake::default()];
        assert_eq!(names(&block_on(find(&servers, &reference)).unwrap()), ["shop"]);
        assert!(servers[2].asked.borrow().is_empty());
        let servers = [Fake::new(vec![(404, json!({}))])];
        assert!(block_on(find(&servers, &reference)).unwrap().is_empty(), "not found, or not permitted");
        let page = || (200, json!({"items": [shop("a")]}));
        let servers = [Fake::new(vec![page()]), Fake::new(vec![page()])];
        assert_eq!(block_on(find(&servers, &titled())).unwrap().len(), 1);
    }

    #[test]
    fn half_an_answer_is_none() {
        let servers =
            [Fake::new(vec![(200, json!({"items": [shop("a")]}))]), Fake::new(vec![(500, json!({}))])];
        assert!(matches!(block_on(find(&servers, &titled())), Err(Problem::Upstream(_))));
        let never = Fake::default();
        let bad = Lookup::Reference("component:default/../x".to_owned());
        assert!(matches!(block_on(find(&[never], &bad)), Err(Problem::Invalid(_))));
    }
}
