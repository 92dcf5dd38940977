//! The grammar of Palette's searches, and the spelling of its enums.
//!
//! A value in the wrong case finds nothing and is no error, so what people write is put right here first.

use serde_json::{Value, json};

use crate::args::Name;
use crate::tool::Problem;

/// States of a cluster.
pub const STATES: &[&str] =
    &["Unknown", "Pending", "Provisioning", "Running", "Deleting", "Deleted", "Error", "Importing"];
/// Health of a cluster.
pub const HEALTH: &[&str] = &["Healthy", "UnHealthy", "Unknown"];
/// Health of an edge host.
pub const EDGE_HEALTH: &[&str] = &["healthy", "unhealthy"];
/// States of an edge host.
pub const EDGE_STATES: &[&str] = &["ready", "unpaired", "in-use"];

/// A value as Palette spells it, whatever the case and the separators of what was given at `pointer`.
///
/// # Errors
/// When it is none of `values`.
pub fn spelled(
    pointer: &str,
    values: &[&'static str],
    given: Option<&Name>,
) -> Result<Option<&'static str>, Problem> {
    let Some(given) = given else { return Ok(None) };
    let unknown = || Problem::invalid(pointer, format!("`{given}` is none of {}", values.join(", ")));
    spelling(values, given.as_str()).map(Some).ok_or_else(unknown)
}

fn spelling(values: &[&'static str], given: &str) -> Option<&'static str> {
    let plain = |text: &str| -> String {
        text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    values.iter().find(|value| plain(value) == plain(given)).copied()
}

/// Which objects a search wants: all that every condition holds of.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    filters: Vec<Value>,
}

impl Filter {
    /// All that are not deleted.
    #[must_use]
    pub fn alive() -> Self {
        Self::default().flag("isDeleted", false)
    }

    /// Also: the property is that.
    #[must_use]
    pub fn flag(mut self, property: &str, value: bool) -> Self {
        let condition = json!({ "bool": { "value": value } });
        self.filters.push(json!({ "property": property, "type": "bool", "condition": condition }));
        self
    }

    /// Also: the property is one of these.
    #[must_use]
    pub fn equals(self, property: &str, values: &[&str]) -> Self {
        self.text(property, "eq", false, values)
    }

    /// Also: the property is none of these.
    #[must_use]
    pub fn differs(self, property: &str, values: &[&str]) -> Self {
        self.text(property, "eq", true, values)
    }

    /// Also: the property holds one of these texts, whatever their case.
    #[must_use]
    pub fn contains(self, property: &str, values: &[&str]) -> Self {
        self.text(property, "contains", false, values)
    }

    fn text(mut self, property: &str, operator: &str, negation: bool, values: &[&str]) -> Self {
        let condition = json!({ "string": {
            "operator": operator,
            "negation": negation,
            "match": { "conjunction": "or", "values": values },
            "ignoreCase": true,
        } });
        self.filters.push(json!({ "property": property, "type": "string", "condition": condition }));
        self
    }

    /// The body of a search, in the order of `sort`: a field and `asc` or `desc`.
    #[must_use]
    pub fn body(self, sort: &[(&str, &str)]) -> Value {
        let sort: Vec<Value> =
            sort.iter().map(|(field, order)| json!({ "field": field, "order": order })).collect();
        if self.filters.is_empty() {
            return json!({ "filter": {}, "sort": sort });
        }
        let group = json!({ "conjunction": "and", "filters": self.filters });
        json!({ "filter": { "conjunction": "and", "filterGroups": [group] }, "sort": sort })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_are_spelled_as_palette_does() {
        for given in ["unhealthy", "UNHEALTHY", "un-healthy", "Un Healthy"] {
            assert_eq!(spelling(HEALTH, given), Some("UnHealthy"), "{given}");
        }
        assert_eq!(spelling(EDGE_HEALTH, "UnHealthy"), Some("unhealthy"));
        assert_eq!(spelling(EDGE_STATES, "InUse"), Some("in-use"));
        for refused in ["", "sick", "Healthy2", "-"] {
            assert_eq!(spelling(HEALTH, refused), None, "{refused}");
        }
    }

    #[test]
    fn a_search_has_one_group_of_all_conditions() {
        let body = Filter::alive().contains("clusterName", &["shop"]).body(&[("clusterName", "asc")]);
        let filters = body.pointer("/filter/filterGroups/0/filters").unwrap().as_array().unwrap();
        assert_eq!(filters.len(), 2);
        assert_eq!(filters[0]["condition"]["bool"]["value"], false);
        assert_eq!(filters[1]["condition"]["string"]["match"]["values"], json!(["shop"]));
        assert_eq!(Filter::default().body(&[])["filter"], json!({}));
    }
}
