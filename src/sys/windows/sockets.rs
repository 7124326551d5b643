//! Socket options that not every system has.

use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;

/// Windows ends a connection itself when its peer does not acknowledge five retransmissions.
pub fn limit_unacknowledged<R>(_tcp: &mut HttpConnector<R>, _time: Duration) {}
