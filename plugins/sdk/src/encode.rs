//! From plain data to what a component's exports give.

/// Lets what a component exports be made from the plain data of this crate, by `into`.
///
/// Takes the module of the exports' bindings, and which of them to write: `tools` (from [`tool`](crate::tool)),
/// `resources` (from [`resource`](crate::resource)), `prompts` (from [`prompt`](crate::prompt)), `routes` (from
/// [`route`](crate::route)) and `completions` (from [`completion`](crate::completion)).
///
/// ```text
/// use bindings::exports::postern::plugin as exported;
/// postern_sdk::encode!(exported: tools, prompts);
///
/// impl exported::tools::Guest for Plugin {
///     fn describe() -> Vec<exported::tools::Tool> {
///         tools::describe().into_iter().map(Into::into).collect()
///     }
///     …
/// }
/// ```
///
/// # Design
/// A macro, because the records of an export are types of the component that exports it: `wit-bindgen` shares
/// those of imports alone, and no function of this crate could name the others.
#[macro_export]
macro_rules! encode {
    ($exported:ident: $($interface:ident),+ $(,)?) => {
        $($crate::encode!(@ $interface $exported);)+
    };
    (@ tools $exported:ident) => {
        impl From<$crate::tool::Description> for $exported::tools::Tool {
            fn from(tool: $crate::tool::Description) -> Self {
                Self {
                    name: tool.name.to_owned(),
                    title: tool.title.to_owned(),
                    description: tool.description,
                    input_schema: tool.input_schema,
                    output_schema: Some(tool.output_schema),
                    icons: Vec::new(),
                    meta: tool.meta,
                    task: $exported::tools::TaskSupport::Never,
                }
            }
        }

        impl From<$crate::tool::Outcome> for $exported::tools::Outcome {
            fn from(outcome: $crate::tool::Outcome) -> Self {
                Self {
                    content: vec![$crate::content::text(outcome.text)],
                    structured: Some(outcome.structured),
                    is_error: outcome.is_error,
                    meta: None,
                }
            }
        }
    };
    (@ resources $exported:ident) => {
        impl From<$crate::resource::Entry> for $exported::resources::Entry {
            fn from(entry: $crate::resource::Entry) -> Self {
                Self {
                    name: entry.name.to_owned(),
                    title: entry.title.to_owned(),
                    description: entry.description.to_owned(),
                    media_type: Some(entry.media_type.to_owned()),
                    icons: Vec::new(),
                    meta: entry.meta.map(str::to_owned),
                }
            }
        }

        impl From<$crate::resource::Contents> for $exported::resources::Contents {
            fn from(contents: $crate::resource::Contents) -> Self {
                Self {
                    media_type: Some(contents.media_type.to_owned()),
                    body: $crate::Body::Text(contents.text),
                    meta: contents.meta.map(str::to_owned),
                }
            }
        }
    };
    (@ prompts $exported:ident) => {
        impl From<$crate::prompt::Prompt> for $exported::prompts::Prompt {
            fn from(prompt: $crate::prompt::Prompt) -> Self {
                let argument = |argument: &$crate::prompt::Argument| $exported::prompts::Argument {
                    name: argument.name.to_owned(),
                    description: argument.description.to_owned(),
                    required: argument.required,
                };
                Self {
                    name: prompt.name.to_owned(),
                    title: prompt.title.to_owned(),
                    description: prompt.description.to_owned(),
                    arguments: prompt.arguments.iter().map(argument).collect(),
                    icons: Vec::new(),
                    meta: None,
                }
            }
        }
    };
    (@ routes $exported:ident) => {
        impl From<$crate::route::Route> for $exported::routes::Route {
            fn from(route: $crate::route::Route) -> Self {
                Self {
                    name: route.name.to_owned(),
                    title: route.title.to_owned(),
                    description: route.description.to_owned(),
                    input_schema: route.input_schema,
                    media_type: route.media_type.to_owned(),
                    output_schema: route.output_schema,
                }
            }
        }

        impl From<$crate::route::Answer> for $exported::routes::Response {
            fn from(answer: $crate::route::Answer) -> Self {
                Self { status: answer.status, body: answer.body, filename: answer.filename }
            }
        }
    };
    (@ completions $exported:ident) => {
        impl From<$crate::completion::Completion> for $exported::completions::Completion {
            fn from(found: $crate::completion::Completion) -> Self {
                Self { values: found.values, total: found.total, has_more: found.has_more }
            }
        }
    };
}
