//! Makes calls with `reqwest::blocking`: calls-reqwest URL CALLS CALLERS. All callers share a
//! client. Prints the same figures as the programs in C. Of the answer only the status is checked.

use reqwest::StatusCode;
use reqwest::blocking::Client;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{env, process, thread};

/// The maximum number of unmeasured calls. It never exceeds the number of measured ones.
const WARM_UP: usize = 50;

fn new_client() -> reqwest::Result<Client> {
    let mut headers = HeaderMap::new();
    headers.insert("anchor-api-key", HeaderValue::from_static("sk-benchmark"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Client::builder().default_headers(headers).user_agent("benchmark/1.0").build()
}

fn call(client: &Client, endpoint: &str) {
    let answered = client.post(endpoint).send().and_then(|answer| Ok((answer.status(), answer.bytes()?)));
    match answered {
        Ok((StatusCode::OK, _)) => {}
        Ok((status, _)) => fail(&status.to_string()),
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(reason: &str) -> ! {
    eprintln!("a call failed: {reason}");
    process::exit(1)
}

fn processor_time() -> Duration {
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
    let one_caller = || {
        (0..WARM_UP.min(calls)).for_each(|_| call(&client, &endpoint));
        warm.wait();
        begin.wait();
        let time_of_one = |_| {
            let begun = Instant::now();
            call(&client, &endpoint);
            begun.elapsed()
        };
        let times: Vec<Duration> = (0..calls).map(time_of_one).collect();
        end.wait();
        times
    };
    let (mut times, wall, cpu) = thread::scope(|scope| {
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(one_caller)).collect();
        warm.wait();
        let (wall, cpu) = (Instant::now(), processor_time());
        begin.wait();
        end.wait();
        let (wall, cpu) = (wall.elapsed(), processor_time() - cpu);
        let times: Vec<Duration> = threads.into_iter().flat_map(|caller| caller.join().unwrap_or_default()).collect();
        (times, wall, cpu)
    });
    times.sort_unstable();
    let all = u32::try_from(times.len())?;
    let [wall, cpu] = [wall / all, cpu / all].map(microseconds);
    let [p50, p99] = [times[times.len() / 2], times[times.len() * 99 / 100]].map(microseconds);
    println!(r#"{{"wall": {wall:.3}, "cpu": {cpu:.3}, "p50": {p50:.3}, "p99": {p99:.3}}}"#);
    Ok(())
}
