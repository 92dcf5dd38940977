//! What marks look like.

/// Tags by which texts set instructions apart for a model. Names that stand for arguments, such as `<user>` or
/// `<name>`, are not among them.
pub(super) const TAGS: &[&str] = &[
    "system",
    "important",
    "critical",
    "instruction",
    "instructions",
    "systemprompt",
    "systemmessage",
    "override",
    "hidden",
    "developer",
    "adminnote",
    "importantinstructions",
    "assistant",
    "systeminstruction",
    "admin",
    "systeminstructions",
    "secretinstructions",
    "userquery",
    "information",
    "jailbreak",
    "toolcall",
    "functioncall",
    "godmode",
    "unrestricted",
];

/// What chat templates write between turns, without the brackets.
pub(super) const TURNS: &[&str] = &[
    "<|im_start|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|begin_of_text|>",
    "<|end|>",
    "<|start|>",
    "<|message|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "<</sys>>",
    "<function_calls>",
    "<|channel|>",
    "<|endofprompt|>",
    "<|fim_prefix|>",
    "[/assistant]",
    "<|tool_call|>",
    "</s><s>",
];

/// What a bracketed role or order is called: `[SYSTEM]`, `[admin override]`, `[system](#override)`.
pub(super) const BRACKETED: &[&str] = &[
    "system",
    "admin",
    "administrator",
    "developer",
    "assistant",
    "override",
    "instructions",
    "instruction",
    "jailbreak",
    "jailbreaked",
    "root",
];
pub(super) const BRACKETED_NEXT: &[&str] = &[
    "message",
    "prompt",
    "override",
    "instruction",
    "instructions",
    "note",
    "command",
    "mode",
    "update",
    "notice",
    "ignore",
    "prior",
    "inputs",
    "directive",
    "access",
];

/// Attributes that run code when a page is rendered.
pub(super) const HANDLERS: &[&str] = &["onerror=", "onload=", "onclick=", "onmouseover=", "onfocus="];
