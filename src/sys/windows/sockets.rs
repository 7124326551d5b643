//! Socket options that not every system has.

use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;

/// Windows closes a connection whose peer acknowledges nothing after its own 21 seconds.
pub fn limit_unacknowledged<R>(_tcp: &mut HttpConnector<R>, _time: Duration) {}
