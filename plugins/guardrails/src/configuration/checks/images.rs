//! Where images come from, and whether they are the same tomorrow.

use crate::configuration::catalog::Ask;
use crate::configuration::hits::Hits;
use crate::configuration::image::Image;
use crate::configuration::pod::{Container, Pod};
use crate::configuration::settings::Environment;
use crate::yaml::Node;

pub(in crate::configuration) fn unpinned(
    container: &Container<'_>,
    _: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    let Some((text, image)) = image(container) else { return };
    let detail = match (image.digest, image.tag) {
        (Some(_), _) => return,
        (None, None) => format!("`{text}` of container `{}` has no tag", container.name),
        (None, Some("latest")) => format!("`{text}` of container `{}` has the tag `latest`", container.name),
        (None, Some(_)) => return,
    };
    hits.at(container, &["image"], detail);
}

pub(in crate::configuration) fn unapproved(
    container: &Container<'_>,
    _: &Pod<'_>,
    ask: &Ask<'_>,
    hits: &mut Hits,
) {
    let Some(text) = container.str("image").filter(|text| !text.is_empty()) else { return };
    let shown = super::shown(text);
    // What cannot be read as a reference comes from nowhere that was approved.
    let Some(image) = Image::parse(text) else {
        hits.at(
            container,
            &["image"],
            format!("`{shown}` of container `{}` is no image reference", container.name),
        );
        return;
    };
    if !ask.settings().approved_registries.iter().any(|approved| image.is_from(approved)) {
        let place = format!("{}/{}", image.registry, image.repository);
        let detail =
            format!("`{shown}` of container `{}` comes from `{}`", container.name, super::shown(&place));
        hits.at(container, &["image"], detail);
    }
}

pub(in crate::configuration) fn no_digest(
    container: &Container<'_>,
    pod: &Pod<'_>,
    _: &Ask<'_>,
    hits: &mut Hits,
) {
    let Some((text, image)) = image(container) else { return };
    if image.digest.is_none() && pod.object.environment == Environment::Production {
        hits.at(container, &["image"], format!("`{text}` of container `{}` has none", container.name));
    }
}

pub(in crate::configuration) fn stale(container: &Container<'_>, _: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    let Some((text, image)) = image(container) else { return };
    // With `latest` or no tag the default is to pull always.
    let default = if image.tag.is_none_or(|tag| tag == "latest") { "Always" } else { "IfNotPresent" };
    let policy = container.str("imagePullPolicy").unwrap_or(default);
    if image.floats() && policy != "Always" {
        let detail = format!("container `{}` pulls `{text}` by `{}`", container.name, super::shown(policy));
        hits.at(container, &["imagePullPolicy"], detail);
    }
}

/// An image may also be mounted as a volume (KEP-4639), and is then as trusted as one that runs.
fn mounted<'p>(pod: &'p Pod<'_>) -> impl Iterator<Item = (usize, &'p Node, &'p str)> {
    pod.spec
        .list("volumes")
        .iter()
        .enumerate()
        .filter_map(|(index, volume)| Some((index, volume, volume.at(&["image", "reference"])?.scalar()?)))
}

pub(in crate::configuration) fn unpinned_volume(pod: &Pod<'_>, _: &Ask<'_>, hits: &mut Hits) {
    for (index, volume, text) in mounted(pod) {
        let loose = |image: Image<'_>| image.digest.is_none() && image.tag.is_none_or(|tag| tag == "latest");
        if Image::parse(text).is_some_and(loose) {
            hits.item(
                pod,
                "volumes",
                index,
                volume,
                format!("volume `{}` is not pinned", super::shown(text)),
            );
        }
    }
}

pub(in crate::configuration) fn unapproved_volume(pod: &Pod<'_>, ask: &Ask<'_>, hits: &mut Hits) {
    for (index, volume, text) in mounted(pod) {
        let approved = &ask.settings().approved_registries;
        let known = Image::parse(text).is_some_and(|image| approved.iter().any(|one| image.is_from(one)));
        if !known {
            hits.item(pod, "volumes", index, volume, format!("volume `{}` is mounted", super::shown(text)));
        }
    }
}

fn image<'c>(container: &'c Container<'_>) -> Option<(String, Image<'c>)> {
    let text = container.str("image")?;
    Some((super::shown(text), Image::parse(text)?))
}
