//! `[sandbox]`: how much one call may use, and how many calls run at once.

use std::time::Duration;

use super::unit::{duration, size};
use crate::diagnostic::{Spanned, Table};
use crate::{egress, runtime};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
/// What an answer of the largest response may need beyond it when it crosses into a guest.
const ENVELOPE: u64 = 8 * MIB;

pub(super) fn read(root: &Table<'_>) -> (runtime::Limits, egress::Limits) {
    let mut runtime = runtime::Limits::default();
    let mut egress = egress::Limits::default();
    let Some(table) = root.table("sandbox") else { return (runtime, egress) };

    runtime.deadline = duration(&table, "deadline", runtime.deadline, (SECOND, HOUR));
    runtime.computing = duration(&table, "computing", runtime.computing, (Duration::from_millis(10), HOUR));
    runtime.memory_bytes = bytes(&table, "memory", runtime.memory_bytes, (4 * MIB, 2048 * MIB));
    runtime.result_bytes = bytes(&table, "result", runtime.result_bytes, (KIB, 64 * MIB));
    runtime.instances = count(&table, "concurrency", runtime.instances, 10_000);

    if let Some(requests) = table.number("requests", 1, 100_000) {
        egress.requests = u32::try_from(requests.into_inner()).unwrap_or(egress.requests);
    }
    egress.concurrent = count(&table, "requests_at_once", egress.concurrent, 1000);
    egress.concurrent_in_all = count(&table, "requests_in_all", egress.concurrent_in_all, 10_000);
    egress.response_bytes = size(&table, "response", egress.response_bytes, (KIB, 1024 * MIB));
    egress.request_bytes = size(&table, "request", egress.request_bytes, (KIB, 64 * MIB));
    egress.bytes = size(&table, "traffic", egress.bytes.max(egress.response_bytes), (KIB, 16 * 1024 * MIB));
    egress.total = duration(&table, "request_timeout", egress.total, (SECOND, HOUR));
    egress.longest = egress.longest.max(egress.total);
    egress.connect = duration(&table, "connect_timeout", egress.connect, (Duration::from_millis(100), HOUR));

    let whole = usize::try_from(egress.response_bytes + ENVELOPE).unwrap_or(usize::MAX);
    runtime.transfer_bytes = runtime.transfer_bytes.max(whole);
    contradictions(&table, &runtime, &egress);
    (runtime, egress)
}

/// Limits that another one makes idle: told only where the operator wrote the one that is.
fn contradictions(table: &Table<'_>, runtime: &runtime::Limits, egress: &egress::Limits) {
    let pairs = [
        ("computing", "deadline", runtime.computing > runtime.deadline),
        ("request_timeout", "deadline", egress.total > runtime.deadline),
        ("connect_timeout", "request_timeout", egress.connect > egress.total),
        ("result", "memory", runtime.result_bytes > runtime.memory_bytes),
        ("response", "traffic", egress.response_bytes > egress.bytes),
        ("requests_at_once", "requests", egress.concurrent as u64 > u64::from(egress.requests)),
        ("requests_at_once", "requests_in_all", egress.concurrent > egress.concurrent_in_all),
    ];
    for (inner, outer, _) in pairs.into_iter().filter(|(inner, _, over)| *over && table.has(inner)) {
        table
            .faults()
            .add(table.key(inner), format_args!("`{inner}` is more than `{outer}`, so it has no effect"));
    }
}

fn bytes(table: &Table<'_>, field: &'static str, default: usize, bounds: (u64, u64)) -> usize {
    usize::try_from(size(table, field, default as u64, bounds)).unwrap_or(default)
}

fn count(table: &Table<'_>, field: &'static str, default: usize, most: u64) -> usize {
    let read = table.number(field, 1, most).map(Spanned::into_inner);
    read.and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
}
