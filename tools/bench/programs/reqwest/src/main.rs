//! Measures calls through `reqwest::blocking`, with one client that all threads share.
//!
//! Usage: `calls-reqwest URL CALLS CALLERS`. The output is that of the C programs, see `bench.h`.
//! The response body is read, but only the status is checked.

use reqwest::StatusCode;
use reqwest::blocking::Client;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{env, process, thread};

/// Unmeasured calls of each thread, or `CALLS` if that is less.
const WARM_UP: usize = 50;

fn new_client() -> reqwest::Result<Client> {
    let mut headers = HeaderMap::new();
    headers.insert("anchor-api-key", HeaderValue::from_static("sk-benchmark"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Client::builder().default_headers(headers).user_agent("benchmark/1.0").build()
}

fn call(client: &Client, endpoint: &str) {
    let result = client.post(endpoint).send().and_then(|response| Ok((response.status(), response.bytes()?)));
    match result {
        Ok((StatusCode::OK, _)) => {}
        Ok((status, _)) => fail(&status.to_string()),
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(reason: &str) -> ! {
    eprintln!("a call failed: {reason}");
    process::exit(1)
}

fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, calls, callers] = arguments.as_slice() else {
        return Err("usage: calls-reqwest URL CALLS CALLERS".into());
    };
    let (calls, callers): (usize, usize) = (calls.parse()?, callers.parse()?);
    let endpoint = format!("{url}/v1/sessions/session-id/recordings/pause");
    let client = new_client()?;
    let (warm, begin, end) = (Barrier::new(callers + 1), Barrier::new(callers + 1), Barrier::new(callers + 1));
    let run_calls = || {
        (0..WARM_UP.min(calls)).for_each(|_| call(&client, &endpoint));
        warm.wait();
        begin.wait();
        let measure = |_| {
            let start = Instant::now();
            call(&client, &endpoint);
            start.elapsed()
        };
        let latencies: Vec<Duration> = (0..calls).map(measure).collect();
        end.wait();
        latencies
    };
    let (mut latencies, wall, cpu) = thread::scope(|scope| {
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(run_calls)).collect();
        warm.wait();
        let (wall, cpu) = (Instant::now(), cpu_time());
        begin.wait();
        end.wait();
        let (wall, cpu) = (wall.elapsed(), cpu_time() - cpu);
        let latencies: Vec<Duration> =
            threads.into_iter().flat_map(|caller| caller.join().unwrap_or_default()).collect();
        (latencies, wall, cpu)
    });
    latencies.sort_unstable();
    let all = u32::try_from(latencies.len())?;
    let [wall, cpu] = [wall / all, cpu / all].map(microseconds);
    let [p50, p99] = [latencies[latencies.len() / 2], latencies[latencies.len() * 99 / 100]].map(microseconds);
    println!(r#"{{"wall": {wall:.3}, "cpu": {cpu:.3}, "p50": {p50:.3}, "p99": {p99:.3}}}"#);
    Ok(())
}
