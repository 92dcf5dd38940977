//! The page as text.

use std::fmt::{self, Formatter, Write as _};

use bytesize::ByteSize;

use super::{Capability, Offered, Page, Request};
use crate::runtime::Standing;

/// Writes the page with everything in it to be seen: what could rewrite or hide a line is shown as `\u{fffd}`.
pub(super) fn write(page: &Page, f: &mut Formatter<'_>) -> fmt::Result {
    let text = fmt::from_fn(|f| raw(page, f)).to_string();
    text.chars().try_for_each(|each| f.write_char(if each == '\n' { each } else { seen(each) }))
}

/// The character itself, unless a terminal would obey it or show nothing (Unicode TR 36, section 2.10).
fn seen(each: char) -> char {
    let unseen = matches!(
        each,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    );
    if each.is_control() || unseen { char::REPLACEMENT_CHARACTER } else { each }
}

/// A text of one line, whatever is in it.
fn line(text: &str) -> String {
    text.chars().map(seen).collect()
}

fn raw(page: &Page, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "{} {}", page.plugin, page.version)?;
    writeln!(f, "component  {}", page.digests.component)?;
    writeln!(f, "manifest   {}", page.digests.manifest)?;
    for upstream in &page.upstreams {
        writeln!(f, "speaks to  {} ({})", upstream.name, upstream.kind)?;
    }

    writeln!(f, "\nlook at")?;
    if page.attention.is_empty() {
        writeln!(f, "  nothing: it reads, and only what its calls name")?;
    }
    for line in &page.attention {
        writeln!(f, "  - {line}")?;
    }

    writeln!(f, "\ncapabilities")?;
    page.capabilities.iter().try_for_each(|each| capability(each, f))?;
    let lists = [
        ("tools", &page.tools),
        ("resources", &page.resources),
        ("prompts", &page.prompts),
        ("routes", &page.routes),
    ];
    for (title, list) in lists {
        if !list.is_empty() {
            writeln!(f, "\n{title}")?;
            list.iter().try_for_each(|each| offered(each, f))?;
        }
    }
    imports(page, f)?;
    let limits = &page.limits;
    let memory = ByteSize(limits.memory_bytes as u64);
    let result = ByteSize(limits.result_bytes as u64);
    writeln!(f, "\nlimits of a call")?;
    writeln!(f, "  {} ms, {memory} of memory, an answer of {result}", limits.deadline_ms)
}

fn capability(capability: &Capability, f: &mut Formatter<'_>) -> fmt::Result {
    let Capability { name, description, effect, upstream, requests, used_by } = capability;
    writeln!(f, "  {name} [{effect}] on {upstream}: {}", line(description))?;
    requests.iter().try_for_each(|each| request(each, f))?;
    writeln!(f, "    used by {}", used_by.join(", "))
}

fn request(request: &Request, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "    {} {}", request.method, request.path)?;
    let mut more = Vec::new();
    more.extend(request.query.iter().cloned());
    more.extend(request.query_exact.iter().map(|(name, value)| format!("{name}={value}")));
    if !more.is_empty() {
        write!(f, " ? {}", line(&more.join(" & ")))?;
    }
    for (name, value) in &request.header_exact {
        write!(f, " [{name}: {}]", line(value))?;
    }
    for name in &request.headers {
        write!(f, " [{name}: any value]")?;
    }
    if !request.without.is_empty() {
        let without: Vec<&str> = request.without.iter().map(String::as_str).collect();
        write!(f, " (without {})", without.join(", "))?;
    }
    if request.safe {
        write!(f, " (called safe)")?;
    }
    if !request.reveal.is_empty() {
        let revealed: Vec<&str> = request.reveal.iter().map(String::as_str).collect();
        write!(f, " (shows {})", revealed.join(", "))?;
    }
    if let Some(cache) = &request.cache {
        write!(f, " ({cache})")?;
    }
    writeln!(f)
}

fn offered(offered: &Offered, f: &mut Formatter<'_>) -> fmt::Result {
    let effects: Vec<&str> = offered.effects.iter().map(|effect| effect.as_str()).collect();
    write!(f, "  {} [{}]", offered.name, effects.join(", "))?;
    if let Some(template) = &offered.uri_template {
        write!(f, " {template}")?;
    }
    if let Some(request) = &offered.request {
        write!(f, " {request}")?;
    }
    if offered.many_targets {
        write!(f, " on many targets")?;
    }
    writeln!(f, ": {}", offered.capabilities.join(", "))?;
    // A model reads all of it, so a reviewer does too.
    if !offered.title.is_empty() {
        writeln!(f, "    | \"{}\"", line(&offered.title))?;
    }
    offered.description.lines().try_for_each(|line| writeln!(f, "    | {line}"))?;
    for (place, text) in &offered.texts {
        writeln!(f, "    | {}: {}", line(place), line(text))?;
    }
    Ok(())
}

fn imports(page: &Page, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "\nimports of the binary")?;
    for import in &page.imports {
        let standing = match import.standing {
            Standing::Types => "types",
            Standing::Service => "service",
            Standing::Inert => "inert",
            Standing::Folders => "folders",
            Standing::Capability => "capability",
            Standing::Foreign => "foreign",
        };
        write!(f, "  {standing:<10} {}", import.name)?;
        if import.functions.is_empty() {
            writeln!(f)?;
        } else {
            writeln!(f, ": {}", import.functions.join(", "))?;
        }
    }
    Ok(())
}
