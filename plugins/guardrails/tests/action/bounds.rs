//! Arguments of any kind are judged, without a panic and in bounded time.

use std::time::{Duration, Instant};

use postern_guardrails::action::{Pending, Rules, UNREAD};
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
    let rules = rules(SHIPPED);
    for seed in 1..=4000 {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let arguments = chance.value(5);
        let judgement = judged_plainly(&rules, &pending(arguments, &mut chance));
        assert_eq!(judgement.verdict, judgement.findings.iter().map(|finding| finding.action).max());
        for finding in &judgement.findings {
            assert!(finding.message.chars().count() <= 601, "{}", finding.message);
        }
    }
}

/// Without rules for documents: they are judged elsewhere.
fn judged_plainly(rules: &Rules, call: &Pending) -> postern_guardrails::action::Judgement {
    postern_guardrails::action::judge(rules, None, call)
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
    let slow = [
        json!({ "pools": wide(json!({"size": 0, "instance_type": "m6i.large"})) }),
        json!({ "pools": wide(json!({"gpu": false})) }),
        json!({ "texts": vec![laughs; 2000] }),
        json!({ "command": "--force ".repeat(100_000) }),
        json!({ "command": "-x ".repeat(300_000) }),
        json!({ "yaml": "---\na: 1\n".repeat(100_000) }),
        json!({ "yaml": "[".repeat(500_000) }),
        deep,
    ];
    for arguments in slow {
        let begun = Instant::now();
        let judgement = judged_plainly(&rules, &pending(arguments, &mut Chance(7)));
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
