//! `[approvals]`: how long what people agreed to is good, how much may wait for them, and who is told.
//!
//! ```toml
//! [approvals]
//! path = "/var/lib/postern/state.db"           # otherwise beside the audit log
//! execute_within = "15m"                       # how long an approved call may wait to be made again
//! pending_of_one = 20                          # requests of one principal that may wait at a time
//! pending = 1000                               # of everybody
//!
//! [[approvals.webhook]]
//! url = "https://chat.example.com/hooks/ops"   # or "env:NAME", "file:/path" where the address is a secret
//! secret = "env:POSTERN_WEBHOOK_SECRET"        # signs messages: at least 24 bytes, or whsec_ and base64
//! events = ["approval.requested"]              # without it, everything but single votes
//! arguments = ["namespace", "name"]            # which arguments a message shows; none where it is not said
//! private_networks = true                      # it may be at a private address
//! ca = "/etc/ssl/chat.pem"                     # roots to trust instead of the system's
//! ```

use std::fs;
use std::time::Duration;

use super::reference::Context;
use super::unit::duration;
use crate::approval::{Config, Webhook, webhook::Key};
use crate::diagnostic::{Spanned, Table, one_of};
use crate::egress::{Networks, Outbound, Secret};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The most that may be said of how many requests wait: a list that nobody reads protects nobody.
const MOST: u64 = 10_000;

pub(super) fn read(root: &Table<'_>, context: &Context<'_>) -> Config {
    let usual = Config::default();
    let Some(table) = root.table("approvals") else { return usual };
    let count = |field, default: u32| {
        let read = table.number(field, 1, MOST).map(Spanned::into_inner);
        read.and_then(|number| u32::try_from(number).ok()).unwrap_or(default)
    };
    let (of_one, of_all) = (count("pending_of_one", usual.of_one), count("pending", usual.of_all));
    if of_one > of_all && table.has("pending_of_one") {
        let told = "`pending_of_one` is not more than `pending`, which is that of everybody";
        context.faults.add(table.key("pending_of_one"), told);
    }
    let mut webhooks: Vec<Webhook> = Vec::new();
    for table in &table.tables("webhook") {
        let Some(webhook) = webhook(table, context) else { continue };
        if webhooks.iter().any(|other| other.url == webhook.url) {
            context.faults.add(table.key("url"), "this address is told already");
        }
        webhooks.push(webhook);
    }
    Config {
        path: table.parse("path", |text| context.path(text)).map(Spanned::into_inner),
        execute_within: duration(&table, "execute_within", usual.execute_within, (SECOND, DAY)),
        of_one,
        of_all,
        webhooks,
        ..usual
    }
}

fn webhook(table: &Table<'_>, context: &Context<'_>) -> Option<Webhook> {
    let url = address(table, context);
    if !table.has("secret") {
        table.missing("secret");
    }
    let key = context.secret(table, "secret").and_then(|secret| {
        let at = secret.span();
        Key::new(secret.into_inner()).map_err(|weak| context.faults.add(at, weak)).ok()
    });
    let mut events = Webhook::usual();
    if table.has("events") {
        events.clear();
        for word in table.one_or_more("events") {
            match Webhook::event(word.get_ref()) {
                Some(event) => drop(events.insert(event)),
                None => context.faults.add_help(
                    word.span(),
                    format_args!("`{}` is nothing that happens to a request", word.get_ref()),
                    format!("there is {}", one_of(Webhook::events())),
                ),
            }
        }
    }
    let arguments = table.texts("arguments").into_iter().map(Spanned::into_inner).collect();
    let private = table.flag("private_networks").is_some_and(Spanned::into_inner);
    let networks = if private { Networks::Private } else { Networks::Public };
    let outbound = outbound(table, context, networks);
    Some(Webhook { url: url?, key: key?, events, arguments, outbound: outbound? })
}

/// The address, in the open or by reference.
fn address(table: &Table<'_>, context: &Context<'_>) -> Option<Secret> {
    let given = table.require_text("url")?;
    let at = given.span();
    let is_reference = given.get_ref().starts_with("env:") || given.get_ref().starts_with("file:");
    let url = if is_reference {
        context.secret(table, "url")?.into_inner()
    } else {
        Secret::new(given.into_inner())
    };
    match Outbound::check(url.expose()) {
        Ok(()) => Some(url),
        // What is wrong with it does not repeat it.
        Err(why) => {
            context.faults.add(at, why);
            None
        }
    }
}

fn outbound(table: &Table<'_>, context: &Context<'_>, networks: Networks) -> Option<Outbound> {
    let given = table.text("ca");
    let at = given.as_ref().map_or(table.span(), Spanned::span);
    let pem = match given {
        None => None,
        Some(given) => {
            let read = fs::read(context.existing(&given)?);
            Some(
                read.map_err(|why| {
                    context.faults.add(given.span(), format_args!("it cannot be read: {why}"))
                })
                .ok()?,
            )
        }
    };
    Outbound::new(pem.as_deref(), networks).map_err(|why| context.faults.add(at, why)).ok()
}
