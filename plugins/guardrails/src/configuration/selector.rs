//! Label selectors: which labels a `matchLabels`, `matchExpressions` or plain map selects.

use crate::yaml::Node;

/// Terms of a selector at most; a longer one selects nothing. It keeps the work linear in the input.
const MAX_TERMS: usize = 100;

/// Whether a `LabelSelector` selects the labels. An empty selector selects everything, as in the API.
pub(super) fn selects(selector: &Node, labels: Option<&Node>) -> bool {
    let terms = selector.get("matchLabels").map_or(&[][..], Node::entries).len();
    if terms.max(selector.list("matchExpressions").len()) > MAX_TERMS {
        return false;
    }
    let label = |key: &str| labels.and_then(|labels| labels.str(key));
    let equal = selector
        .get("matchLabels")
        .map_or(&[][..], Node::entries)
        .iter()
        .all(|wanted| wanted.value.scalar().is_some() && label(&wanted.key) == wanted.value.scalar());
    equal && selector.list("matchExpressions").iter().all(|expression| holds(expression, &label))
}

fn holds<'a>(expression: &Node, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    let Some(key) = expression.str("key") else { return false };
    let found = label(key);
    let listed =
        || expression.list("values").iter().any(|value| value.scalar().is_some() && value.scalar() == found);
    match expression.str("operator") {
        Some("In") => found.is_some() && listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => found.is_some(),
        Some("DoesNotExist") => found.is_none(),
        Some(_) | None => false,
    }
}

/// Whether a plain map of labels, as a Service has it, selects the labels. An empty one selects nothing.
pub(super) fn map_selects(selector: &Node, labels: Option<&Node>) -> bool {
    let wanted = selector.entries();
    (1..=MAX_TERMS).contains(&wanted.len())
        && wanted.iter().all(|wanted| {
            let found = labels.and_then(|labels| labels.str(&wanted.key));
            found.is_some() && found == wanted.value.scalar()
        })
}
