//! What `wit/` generates, and nothing else.

wasmtime::component::bindgen!({
    path: "../wit",
    // The host knows every export; a component has `tools` and perhaps the others.
    inline: "
        package postern:host;
        world host {
            include postern:plugin/plugin@0.1.0;
            export postern:plugin/resources@0.1.0;
            export postern:plugin/prompts@0.1.0;
            export postern:plugin/completions@0.1.0;
            export postern:plugin/guard@0.1.0;
            export postern:plugin/authenticator@0.1.0;
            export postern:plugin/resolver@0.1.0;
            export postern:plugin/catalog@0.1.0;
            export postern:plugin/routes@0.1.0;
        }
    ",
    world: "postern:host/host",
    imports: { default: trappable },
    exports: { default: async },
    with: {
        "postern:plugin/targets.target": crate::egress::Target,
        "postern:plugin/caller.caller": super::services::Caller,
    },
});
