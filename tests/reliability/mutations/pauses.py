"""What "paused" depends on: which answers confirm, and what is held."""

from .mutation import Mutation, abi, host

TABLE = abi("each_answer_of_the_table_gets_its_verdict")

MUTATIONS = [
    Mutation(
        "a contrary status confirms nothing",
        "src/verdict.rs",
        '|| ["recording", "active", "running", "started"].contains(&status)',
        "",
        TABLE,
    ),
    Mutation("an error confirms nothing", "src/verdict.rs", "check_error(error)?;", "", TABLE),
    Mutation(
        "a name that stands twice confirms nothing", "src/verdict.rs", "if field.is_repeated {", "if false {", TABLE
    ),
    Mutation(
        "200 alone confirms",
        "src/verdict.rs",
        "(_, StatusCode::OK) | (Operation::Request { .. }, _) => match body {",
        "(_, _) => match body {",
        TABLE,
    ),
    Mutation(
        "a pause for every begin",
        "src/pause_count.rs",
        "pause.await?;",
        "if entry.session.count.load(Ordering::Acquire) == 0 { pause.await?; }",
        abi("who_resumes_in_between"),
    ),
    Mutation(
        "holding only what the host was told",
        "src/pause_count.rs",
        "entry.session.count.fetch_sub(1, Ordering::AcqRel);",
        "let _ = &entry.session.count;",
        host("pausing"),
    ),
    Mutation(
        "a resume that waits for pauses",
        "src/pause_count.rs",
        "let _exclusive = entry.session.order.write().await;",
        "",
        abi("a_resume_waits_for_a_pause"),
    ),
    Mutation(
        "forgetting what the attempt before learnt",
        "src/exchange.rs",
        "*outcome = Outcome { attempts, ..Outcome::default() }",
        "outcome.attempts = attempts",
        abi("what_an_attempt_learnt"),
    ),
    Mutation(
        "refusing slashes in ids",
        "src/recordings.rs",
        "_ if id.contains(['/', '\\\\', '%']) => {",
        '_ if id == "\\0" => {',
        abi("any_id_is_one_segment"),
    ),
    Mutation(
        "repeating nothing that may have been done",
        "src/exchange.rs",
        "!(self.request.repeatable || failure.nothing_was_done())",
        "false",
        abi("a_deletion_is_repeated_only"),
    ),
    Mutation(
        "a thread for calls at exit",
        "src/ffi/late.rs",
        "if are_there() {",
        "if are_there() || true {",
        host("late"),
    ),
]
