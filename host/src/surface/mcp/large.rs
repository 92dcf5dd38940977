//! Answers that are too large for a model's context: their beginning, and a link to the whole.

use rmcp::model::{CallToolResult, ContentBlock, Resource};

use crate::gateway::{KEPT, Kept};

/// Bytes of text that a model is given at once: some 25,000 tokens.
const MOST: usize = 100_000;

/// What the URIs of whole answers begin with.
const URI: &str = "postern://results/";

/// The id in the URI of a whole answer.
pub(super) fn id(uri: &str) -> Option<&str> {
    uri.strip_prefix(URI)
}

/// Bounds an answer. `keep` takes the whole, and gives the id by which it can be read.
///
/// The structured part stays where a schema promises it, since clients hold answers to that; without a promise
/// it is a part of what is linked to. Pictures and the like are no text, and stay.
pub(super) fn bounded(
    mut result: CallToolResult,
    is_promised: bool,
    keep: impl FnOnce(Kept) -> Option<String>,
) -> CallToolResult {
    let texts = || result.content.iter().filter_map(|block| block.as_text());
    let bytes: usize = texts().map(|text| text.text.len()).sum();
    let structured = result.structured_content.as_ref().filter(|_| !is_promised);
    let structured_bytes = structured.map_or(0, |value| value.to_string().len());
    if bytes <= MOST && structured_bytes <= MOST {
        return result;
    }
    let Some(kept) = whole(&result) else { return result };
    let (media_type, size) = (kept.media_type, kept.text.len());
    let Some(id) = keep(kept) else { return result };
    if structured_bytes > MOST {
        result.structured_content = None;
    }
    cut(&mut result.content);
    let minutes = KEPT.as_secs() / 60;
    let uri = format!("{URI}{id}");
    result.content.push(ContentBlock::text(format!(
        "[This is a part of the answer, which has {size} bytes. The whole can be read as the resource {uri} for \
         {minutes} minutes. Asking for less is better: narrow the arguments.]"
    )));
    let mut link = Resource::new(uri, "answer").with_title("The whole answer").with_mime_type(media_type);
    link.size = u64::try_from(size).ok();
    result.content.push(ContentBlock::resource_link(link));
    result
}

/// The one text, or everything as JSON.
fn whole(result: &CallToolResult) -> Option<Kept> {
    if let ([block], None) = (result.content.as_slice(), &result.structured_content)
        && let Some(text) = block.as_text()
    {
        return Some(Kept { media_type: "text/plain", text: text.text.clone() });
    }
    Some(Kept { media_type: "application/json", text: serde_json::to_string(result).ok()? })
}

/// Leaves the first texts, and of the one that goes over the bound its beginning.
fn cut(content: &mut Vec<ContentBlock>) {
    let mut left = MOST;
    content.retain_mut(|block| {
        let ContentBlock::Text(text) = block else { return true };
        if left == 0 {
            return false;
        }
        let end = text.text.floor_char_boundary(left);
        text.text.truncate(end);
        left = left.saturating_sub(end.max(1));
        true
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(result: &CallToolResult) -> Vec<usize> {
        result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.len()).collect()
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let mut result = CallToolResult::success(vec![ContentBlock::text("x".repeat(MOST))]);
        result.structured_content = Some(json!({"n": 1}));
        let same = bounded(result.clone(), false, |_| panic!("nothing is kept"));
        assert_eq!(same, result);
    }

    #[test]
    fn of_what_is_large_the_beginning_is_given_and_the_whole_is_kept() {
        let long = "é".repeat(MOST);
        let result = CallToolResult::success(vec![ContentBlock::text(&*long)]);
        let mut all = None;
        let given = bounded(result, false, |kept| {
            all = Some(kept);
            Some("7".to_owned())
        });
        assert_eq!(all, Some(Kept { media_type: "text/plain", text: long }));
        let [first, note, link] = given.content.as_slice() else { panic!("{given:?}") };
        assert_eq!(first.as_text().unwrap().text.len(), MOST);
        assert!(note.as_text().unwrap().text.contains("postern://results/7"));
        let link = serde_json::to_value(link).unwrap();
        assert_eq!((&link["uri"], &link["size"]), (&json!("postern://results/7"), &json!(2 * MOST)));
    }

    #[test]
    fn later_texts_leave_and_pictures_stay() {
        let content = vec![
            ContentBlock::text("x".repeat(MOST - 1)),
            ContentBlock::image("AA==", "image/png"),
            ContentBlock::text("y".repeat(9)),
            ContentBlock::text("z"),
        ];
        let given = bounded(CallToolResult::success(content), false, |kept| {
            assert_eq!(kept.media_type, "application/json");
            Some("7".to_owned())
        });
        assert_eq!(texts(&given)[..2], [MOST - 1, 1]);
        assert_eq!(given.content.len(), 5, "two texts, the picture, the note, the link");
    }

    #[test]
    fn a_structured_part_stays_only_where_it_is_promised() {
        let large = || {
            let mut result = CallToolResult::success(vec![ContentBlock::text("rows")]);
            result.structured_content = Some(json!({"rows": "x".repeat(MOST)}));
            result
        };
        let keep = |_| Some("7".to_owned());
        assert_eq!(bounded(large(), false, keep).structured_content, None);
        assert_eq!(bounded(large(), true, keep), large());
    }

    #[test]
    fn what_cannot_be_kept_is_given_whole() {
        let result = CallToolResult::success(vec![ContentBlock::text("x".repeat(MOST + 1))]);
        assert_eq!(bounded(result.clone(), false, |_| None), result);
    }
}
