//! What form an answer takes: the `Accept` header of an apiserver.

use super::status::Refusal;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The object or list itself.
    Plain,
    /// A `Table`.
    Table,
    /// Metadata only.
    Metadata,
    /// The aggregated discovery document.
    Discovery,
}

/// What is asked for, as it limits the forms on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// A collection: plain, table, list of metadata.
    List,
    /// One object: plain, table, metadata.
    Object,
    /// `/api` or `/apis`: plain, or the aggregated document.
    Discovery,
    /// Plain JSON only, as aggregated APIs and reviews.
    Plain,
}

/// The first form in the header that is on offer; no header means plain.
pub(super) fn negotiate(accept: Option<&str>, offer: Offer) -> Result<Form, Refusal> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Ok(Form::Plain) };
    accept.split(',').find_map(|clause| form(clause, offer)).ok_or_else(Refusal::not_acceptable)
}

fn form(clause: &str, offer: Offer) -> Option<Form> {
    let mut parts = clause.split(';').map(str::trim);
    let media = parts.next()?;
    if !["application/json", "application/*", "*/*"].contains(&media) {
        return None;
    }
    let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
    let parameter = |name| parameters.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| *value);
    if parameter("as").is_empty() {
        return Some(Form::Plain);
    }
    let form = match (parameter("g"), parameter("v"), parameter("as"), offer) {
        ("meta.k8s.io", "v1", "Table", Offer::List | Offer::Object) => Form::Table,
        ("meta.k8s.io", "v1", "PartialObjectMetadataList", Offer::List) => Form::Metadata,
        ("meta.k8s.io", "v1", "PartialObjectMetadata", Offer::Object) => Form::Metadata,
        ("apidiscovery.k8s.io", "v2", "APIGroupDiscoveryList", Offer::Discovery) => Form::Discovery,
        _ => return None,
    };
    Some(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, offer: Offer, expected: Option<Form>) {
        assert_eq!(negotiate(Some(accept), offer).ok(), expected);
    }

    #[test]
    fn the_first_form_on_offer_wins() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        check(table, Offer::List, Some(Form::Table));
        check(table, Offer::Plain, Some(Form::Plain));
        check("*/*", Offer::Object, Some(Form::Plain));
        check("", Offer::Object, Some(Form::Plain));
    }

    #[test]
    fn what_is_not_on_offer_is_not_acceptable() {
        check("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", Offer::Object, None);
        check("application/json;as=Table;v=v9;g=meta.k8s.io", Offer::List, None);
        check("application/vnd.kubernetes.protobuf", Offer::List, None);
        check("text/html", Offer::Plain, None);
    }
}
