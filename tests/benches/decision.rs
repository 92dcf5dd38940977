//! What a decision costs with many policies, against what it costs with those that are built in.

use std::fmt::Write as _;
use std::sync::Arc;

use postern::authority::Need;
use postern::call::{Arguments, Facts, Kind, Principal};
use postern::diagnostic::Source;
use postern::policy::{Available, Catalog, Config, Inventory, Looked, Policies, Question};

use crate::Fallible;
use crate::compare::{Operation, Pair, operation};
use crate::host::Host;

/// A decision on one tool under `many` policies, a third of which are about that tool: none is ruled out by
/// its principal, so that each is looked at.
pub(crate) fn pair(name: &'static str, host: &Host, many: usize) -> Fallible<Pair> {
    let live = host.gateway.live();
    let tools: Vec<_> = live.registry.tools().filter(|tool| tool.plugin == "hostile").cloned().collect();
    let tool = tools.first().ok_or("there is no tool of the component")?;
    let catalog = postern::start::catalog(&live.registry);
    let mut text = String::new();
    for number in 0..many {
        let of = tools.get(number % tools.len()).map(|tool| tool.name.as_str()).unwrap_or_default();
        writeln!(
            text,
            r#"@id("p{number}") permit (principal, action == Postern::Action::"hostile/{of}", resource)
            when {{ resource.environment == "e{number}" && context.now > datetime("2020-01-01") }};"#
        )?;
    }
    let asked = Asked {
        principal: host.principal.clone(),
        need: tool.operation.need.clone(),
        name: tool.name.clone(),
        available: vec![Available { name: "bench".to_owned(), default: true }],
    };
    let asked = Arc::new(asked);
    let (ours, baseline) = (policies(&catalog, &text)?, policies(&catalog, "")?);
    Ok(Pair {
        name,
        against: "the policies that are built in",
        at_once: 1,
        ours: decide(Arc::clone(&asked), ours),
        baseline: decide(asked, baseline),
    })
}

/// A question that is asked again and again.
struct Asked {
    principal: Principal,
    need: Need,
    name: String,
    available: Vec<Available>,
}

fn policies(catalog: &Catalog, more: &str) -> Fallible<Arc<Policies>> {
    let mut set = Policies::builtin();
    set.push(Source::new("bench.cedar", more));
    let config = Config { set, observed: None, inventory: Inventory::default() };
    Ok(Arc::new(Policies::load(config, catalog)?))
}

fn decide(asked: Arc<Asked>, policies: Arc<Policies>) -> Operation {
    operation(move || {
        let (asked, policies) = (Arc::clone(&asked), Arc::clone(&policies));
        async move {
            let Asked { principal, need, name, available } = &*asked;
            let operation = Looked { plugin: "hostile", kind: Kind::Tool, name, need };
            let question = Question { principal, operation, available, facts: &Facts::new(), hold: None };
            policies.decide(&question, Arguments::default()).result.map(drop)?;
            Ok(())
        }
    })
}
