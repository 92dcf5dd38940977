//! Arguments of any kind are judged, without a panic and in bounded time.

use std::time::{Duration, Instant};

use postern_guardrails::action::{Pending, Rules, UNREAD, judge};
use postern_guardrails::verdict::Action;
use serde_json::{Map, Value, json};

use crate::{SHIPPED, call, judged, rules};

/// Names and texts that mean something to rules, and some that do not.
const NAMES: &[&str] = &[
    "nodes",
    "node_count",
    "pools",
    "size",
    "count",
    "poolConfig",
    "gpu_enabled",
    "instance_type",
    "region",
    "zones",
    "force",
    "args",
    "name",
    "value",
    "apiVersion",
    "kind",
    "spec",
    "machinepoolconfig",
    "replicas",
    "project",
    "cpu",
    "",
    "~",
    "a/b",
    "日本",
    "delta",
    "yes",
    "\u{0}",
    "profiles",
    "packs",
];
const TEXTS: &[&str] = &[
    "",
    "15",
    "-3",
    "1e999",
    "NaN",
    "true",
    "--force",
    "-y",
    "eu-central-1a",
    "p4d.24xlarge",
    "Standard_NC6",
    "a-b-c",
    "{\"node_count\": 15}",
    "{",
    "[",
    "a: 1\nb: [",
    "apiVersion: v1\nkind: Pod\n",
    "---\n---\n",
    "&a [*a]\n",
    "日本語\n: x",
    "a: &a [1,2]\nb: [*a,*a]\n",
    "\u{feff}a: 1\n",
    "--- {a: 1}",
    "m.xlarge",
    ".",
    "-",
    "force=true --yes",
    "\r\r",
];

/// A small generator of numbers (xorshift), so that a failure can be seen again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(i64::try_from(self.below(100)).unwrap() - 20),
            3 => json!(u64::MAX),
            4 => json!([1.5, 1e300, -0.0, 1e1][self.below(4)]),
            5 => json!(TEXTS[self.below(TEXTS.len())]),
            6 => Value::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            _ => {
                let entry = |chance: &mut Self| {
                    (NAMES[chance.below(NAMES.len())].to_owned(), chance.value(depth - 1))
                };
                Value::Object((0..self.below(6)).map(|_| entry(self)).collect::<Map<_, _>>())
            }
        }
    }
}

fn pending(arguments: Value, chance: &mut Chance) -> Pending {
    let tools = ["create_cluster", "delete_cluster", "scale_cluster", "get_kubeconfig", "", "日本"];
    let effects = ["read", "change", "destructive", "secret"];
    let targets = [
        json!([]),
        json!([{"name": "a", "attributes": {"environment": "prod", "nodes": "x"}}, {"name": ""}]),
    ];
    call(&json!({
        "tool": tools[chance.below(tools.len())],
        "effect": effects[chance.below(4)],
        "targets": targets[chance.below(2)],
        "arguments": arguments,
    }))
}

#[test]
fn any_arguments_are_judged() {
    let (rules, configuration) = (rules(SHIPPED), crate::configuration());
    for seed in 1..=4000 {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let arguments = chance.value(5);
        let judgement = judge(&rules, Some(&configuration), &pending(arguments, &mut chance));
        assert_eq!(judgement.verdict, judgement.findings.iter().map(|finding| finding.action).max());
        for finding in &judgement.findings {
            assert!(finding.message.chars().count() <= 601, "{}", finding.message);
        }
    }
}

#[test]
fn a_damaged_file_is_refused_with_places_or_read() {
    let letters: Vec<char> = SHIPPED.chars().collect();
    let lines = u32::try_from(SHIPPED.lines().count()).unwrap();
    let mut refused = 0;
    for seed in 1..=150 {
        let mut chance = Chance(0xd6e8_feb8_6659_fd93_u64.wrapping_mul(seed));
        let from = chance.below(letters.len());
        let to = (from + chance.below(40)).min(letters.len());
        let text: String = letters[..from].iter().chain(&letters[to..]).collect();
        if let Err(faults) = Rules::read("action.yaml", &text) {
            assert!(!faults.is_empty());
            for fault in faults {
                assert!((1..=lines + 1).contains(&fault.line) && fault.column >= 1, "{fault}");
            }
            refused += 1;
        }
    }
    assert!(refused > 50, "only {refused} were refused");
}

#[test]
fn an_argument_more_never_loosens() {
    let rules = rules(SHIPPED);
    let claims = json!({
        "environment": "dev", "dryRun": true, "sandbox_owner": "user:ana", "effect": "read", "window": "open",
        "nodes_before": 99, "allowed": ["*"], "current": {"node_count": 0}, "groups": ["approvers"], "kind": "prompt",
    });
    for seed in 1..=2000 {
        let mut chance = Chance(0x2545_f491_4f6c_dd1d_u64.wrapping_mul(seed));
        let Value::Object(mut arguments) = chance.value(4) else { continue };
        let plain = pending(Value::Object(arguments.clone()), &mut chance);
        for (name, claim) in claims.as_object().unwrap() {
            arguments.entry(name.clone()).or_insert_with(|| claim.clone());
        }
        let claiming = Pending { arguments: Value::Object(arguments), ..plain.clone() };
        let (before, after) = (judge(&rules, None, &plain).verdict, judge(&rules, None, &claiming).verdict);
        assert!(before <= after, "{before:?} {after:?} {:?}", plain.arguments);
    }
}

#[test]
fn what_is_made_to_be_slow_is_not() {
    let rules = rules(SHIPPED);
    let wide = |value: Value| Value::Array(vec![value; 20_000]);
    let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                  d: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n";
    let mut deep = json!({"node_count": 1});
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let pieces = [
        "word\n", "a: b\n", "? a\n", "{a: ", "- - ", "'\n", "\"\n", "&a [", "! {", "a\r", ": \n", "#\n",
        "|\n ",
    ];
    let slow = [
        json!({ "pools": wide(json!({"size": 0, "instance_type": "m6i.large"})) }),
        json!({ "pools": wide(json!({"gpu": false})) }),
        json!({ "texts": vec![laughs; 2000] }),
        json!({ "command": "--force ".repeat(100_000) }),
        json!({ "command": "-x ".repeat(300_000) }),
        json!({ "yaml": "---\na: 1\n".repeat(100_000) }),
        json!({ "yaml": pieces.map(|piece| piece.repeat(60_000)) }),
        json!({ "yaml": "[".repeat(500_000) }),
        deep,
    ];
    for arguments in slow {
        let begun = Instant::now();
        let judgement = judge(&rules, None, &pending(arguments, &mut Chance(7)));
        // A judgement takes far less than a second; the bound leaves room for slow machines, not for squares.
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}: {:?}", begun.elapsed(), judgement.verdict);
    }
}

#[test]
fn what_is_too_much_to_judge_is_blocked() {
    let mut deep = json!({"force": true});
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let call = call(&json!({"tool": "x", "effect": "change", "arguments": deep, "targets": [{"name": "a"}]}));
    let judgement = judged(&rules(SHIPPED), &call);
    assert_eq!(judgement.verdict, Some(Action::Block));
    assert_eq!(judgement.findings[0].rule, UNREAD);
}
