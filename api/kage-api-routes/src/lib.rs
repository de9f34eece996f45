//! kage-api-routes.
