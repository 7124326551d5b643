"""What a host that misuses the library, or a fault inside it, must not be able to do."""

from .mutation import Mutation, models

MODELS = [
    Mutation(
        "freeing a string for one thread only",
        "src/ffi/addresses.rs",
        "slot.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()",
        "{\n                slot.store(new, Ordering::Release);\n                true\n            }",
        models("addresses"),
    ),
    Mutation(
        "forgetting a string that the host freed itself",
        "src/ffi/addresses.rs",
        "        self.remove(address);\n",
        "",
        models("addresses"),
    ),
    Mutation(
        "a list of unused slots whose every state is its own",
        "src/ffi/table.rs",
        "((head >> 32).wrapping_add(1) << 32) | u64::from(place)",
        "((head >> 32) << 32) | u64::from(place)",
        models("table"),
    ),
    Mutation(
        "entering nothing that is freed",
        "src/ffi/table.rs",
        " && state & FREED == 0",
        "",
        models("table"),
    ),
]

MUTATIONS = [
    Mutation(
        "freeing only what was lent",
        "src/ffi/text.rs",
        "let lent = LENT.remove(text as usize);",
        "let lent = LENT.remove(text as usize) || !text.is_null();",
        "python3 tests/misuse/run.py random",
    ),
    Mutation(
        "an output on failure too",
        "src/ffi/calls.rs",
        "unsafe { *out = none };",
        "let _ = none;",
        "python3 tests/misuse/run.py random",
    ),
    Mutation(
        "using a slot again",
        "src/ffi/table.rs",
        "self.give_back(place, slot);\n        }",
        "let _ = place;\n        }",
        "python3 tests/misuse/run.py limits",
    ),
    Mutation(
        "dropping work inside its runtime",
        "src/client.rs",
        "let _runtime = self.lane.enter();",
        "let _runtime = ();",
        "python3 tests/misuse/run.py panics",
    ),
    Mutation(
        "printing no panic of the resolver's thread",
        "src/ffi/guard.rs",
        "    QUIET.set(true);\n",
        "",
        "python3 tests/misuse/run.py panics",
    ),
    Mutation(
        "hiding an echoed key in every language",
        "src/answer.rs",
        'text.replace(key, "[api key]")',
        "text.to_owned()",
        "make test-secrets",
    ),
]
