//! The phrases: what is suspicious to say to a model, as sets that must follow one another.

use super::sets::{
    AFTER, ANY_TOOL, CARRIER, CONVERSATION, INSTRUCTIONS, LOCAL, NOT, PASS, READ, SET_ASIDE, TELL, THE_USER,
    USE, USER, WHOSE,
};

/// Sets of phrases that are suspicious in this order.
pub(super) struct Rule {
    /// What a person is told.
    pub(super) reason: &'static str,
    /// One phrase of each set, in this order.
    pub(super) steps: &'static [&'static [&'static str]],
    /// The most words between one and the next.
    pub(super) gap: usize,
    /// Whether they may stand in different sentences.
    pub(super) across: bool,
}

/// Every rule; the first that fires is told.
pub(super) const RULES: &[Rule] = &[
    rule("it sets other instructions aside", &[SET_ASIDE, WHOSE, INSTRUCTIONS], 3),
    rule("it sets other instructions aside", &[SET_ASIDE, INSTRUCTIONS, AFTER], 2),
    rule(
        "it sets other instructions aside",
        &[
            SET_ASIDE,
            &["your", "all your", "the users", "the user"],
            &["rules", "task", "tasks", "policies", "question", "request", "requests", "restrictions"],
        ],
        1,
    ),
    rule(
        "it sets other instructions aside",
        &[SET_ASIDE, &["the guardrails", "all guardrails", "safety rules"]],
        1,
    ),
    rule("it asks to keep something from the user", &[NOT, TELL, USER], 2),
    rule(
        "it asks to keep something from the user",
        &[
            &["keep", "hide", "conceal"],
            &["this", "it", "these instructions", "secret", "hidden", "that you"],
            &["from the user", "from users", "from the human", "from the operator"],
        ],
        6,
    ),
    rule(
        "it asks to keep something from the user",
        &[
            THE_USER,
            &[
                "must not",
                "should not",
                "must never",
                "should never",
                "need not",
                "does not need to",
                "cannot",
            ],
            &["know", "see", "notice", "learn", "find out", "be told", "be informed", "be aware", "realize"],
        ],
        2,
    ),
    rule(
        "it puts itself before other tools",
        &[
            &[
                "before",
                "prior to",
                "instead of",
                "in place of",
                "rather than",
                "whenever you",
                "each time you",
            ],
            USE,
            ANY_TOOL,
        ],
        2,
    ),
    rule(
        "it puts itself before other tools",
        &[
            &["always", "must", "you have to"],
            USE,
            &["this tool", "this function"],
            &["first", "before", "instead"],
        ],
        3,
    ),
    rule(
        "it puts itself before other tools",
        &[
            &["never use", "do not use", "dont use", "never call", "do not call", "stop using"],
            &["other tools", "another tool", "any other tool", "any other tools"],
        ],
        1,
    ),
    rule(
        "it changes what another tool is used for",
        &[
            &["tool", "tools", "function"],
            &["is called", "is used", "is invoked", "are called", "are used", "is available", "is present"],
            &[
                "redirect",
                "forward",
                "bcc",
                "exfiltrate",
                "change the recipient",
                "replace the recipient",
                "all emails",
                "secretly",
                "silently",
            ],
        ],
        12,
    ),
    Rule {
        reason: "it asks for local files or secrets to be passed on",
        steps: &[READ, LOCAL, PASS, CARRIER],
        gap: 12,
        across: true,
    },
    rule("it asks for local files or secrets to be passed on", &[PASS, READ, LOCAL, CARRIER], 8),
    rule("it asks for the conversation to be passed on", &[PASS, CONVERSATION], 5),
    rule(
        "it asks for the conversation to be passed on",
        &[
            &["repeat", "reveal", "print", "output", "summarize", "summarise", "copy", "dump"],
            &["system prompt", "system message", "your instructions", "conversation history", "chat history"],
        ],
        4,
    ),
    rule(
        "it asks for credentials to be sent away",
        &[
            PASS,
            &["token", "tokens", "credentials", "api key", "kubeconfig", "secrets", "password", "passwords"],
            &["http", "https"],
        ],
        4,
    ),
    rule(
        "it gives the model another role",
        &[
            &["developer mode", "god mode", "dan mode", "jailbreak mode"],
            &["enabled", "activated", "is active", "is on", "output"],
        ],
        2,
    ),
    rule("it gives the model another role", &[&["you are", "act as", "acting as", "become"], &["dan"]], 2),
    rule(
        "it gives the model new instructions",
        &[
            &["the assistant", "the llm", "assistant", "the language model"],
            &["must", "should", "shall", "please", "has to", "needs to", "will now"],
        ],
        0,
    ),
    rule(
        "it gives the model new instructions",
        &[&["llm", "ai", "assistant"], &["instructions", "directives"]],
        0,
    ),
    rule(
        "it gives the model another role",
        &[
            &[
                "you are now",
                "from now on",
                "from this point on",
                "pretend to be",
                "pretend that you",
                "act as if you",
            ],
            &[
                "you must",
                "you will",
                "you shall",
                "you are",
                "unrestricted",
                "an unrestricted",
                "developer mode",
                "admin mode",
                "an assistant",
                "a different assistant",
                "no longer bound",
                "free from",
                "without restrictions",
            ],
        ],
        4,
    ),
    rule(
        "it gives the model new instructions",
        &[
            &["new", "updated", "real", "actual", "secret", "hidden", "additional", "important"],
            &["instruction", "instructions", "directive", "directives"],
            &[
                "for the model",
                "for the assistant",
                "for the ai",
                "for ai",
                "for you",
                "to the model",
                "to the assistant",
                "for the agent",
                "for llms",
                "to the ai",
            ],
        ],
        2,
    ),
    rule(
        "it gives the model new instructions",
        &[
            &["note", "message", "attention", "reminder", "notice"],
            &[
                "to the model",
                "to the assistant",
                "to the ai",
                "to ai",
                "to the llm",
                "for the llm",
                "to the agent",
            ],
        ],
        2,
    ),
    rule(
        "it gets around a person's approval",
        &[&["set", "pass", "with", "use"], &["auto approve", "autoapprove"], &["true", "yes", "on", "1"]],
        2,
    ),
    rule(
        "it gets around a person's approval",
        &[
            &[
                "skip",
                "bypass",
                "disable",
                "do not wait for",
                "dont wait for",
                "do not ask",
                "dont ask",
                "never ask",
                "suppress",
            ],
            &["user", "users", "human", "operator", "the user for"],
            &["confirmation", "approval", "consent", "permission"],
        ],
        2,
    ),
];

const fn rule(reason: &'static str, steps: &'static [&'static [&'static str]], gap: usize) -> Rule {
    Rule { reason, steps, gap, across: false }
}
