//! Socket options that not every system has.

use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;

/// Drops a connection whose peer acknowledges nothing for this long.
#[cfg(target_os = "linux")]
pub fn limit_unacknowledged<R>(tcp: &mut HttpConnector<R>, time: Duration) {
    tcp.set_tcp_user_timeout(Some(time));
}

#[cfg(not(target_os = "linux"))]
pub fn limit_unacknowledged<R>(_tcp: &mut HttpConnector<R>, _time: Duration) {}
