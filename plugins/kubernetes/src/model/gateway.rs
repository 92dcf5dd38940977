//! The Gateway API, where it is served: classes, gateways, routes, and whether each was accepted.

use super::meta::{Condition, Metadata};
use super::object;

object! {
    /// A GatewayClass or a Gateway: both are read for their conditions.
    Gateway {
        /// Name, and for gateways the namespace.
        metadata: Metadata,
        /// What it is.
        status: GatewayStatus,
    }
}

object! {
    /// The status of a GatewayClass or Gateway.
    GatewayStatus {
        /// `Accepted`, `Programmed`.
        conditions: Vec<Condition>,
    }
}

object! {
    /// An HTTPRoute.
    HttpRoute {
        /// Name and namespace.
        metadata: Metadata,
        /// What it should be.
        spec: RouteSpec,
        /// What it is.
        status: RouteStatus,
    }
}

object! {
    /// The spec of a route.
    RouteSpec {
        /// The gateways it wants to hang on.
        parent_refs: Vec<ParentReference>,
    }
}

object! {
    /// A gateway a route wants to hang on.
    ParentReference {
        /// Its namespace; empty is the route's own.
        namespace: String,
        /// Its name.
        name: String,
        /// The listener, if one is meant.
        section_name: String,
    }
}

object! {
    /// The status of a route.
    RouteStatus {
        /// What each gateway says of it.
        parents: Vec<RouteParentStatus>,
    }
}

object! {
    /// What one gateway says of a route.
    RouteParentStatus {
        /// The gateway.
        parent_ref: ParentReference,
        /// `Accepted`, `ResolvedRefs`.
        conditions: Vec<Condition>,
    }
}
