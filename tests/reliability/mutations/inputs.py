"""What bytes from outside must not do: the inputs that are kept for the fuzz targets break without these."""

from .mutation import Mutation, library

FUZZ = library("fuzz::")

MUTATIONS = [
    Mutation(
        "one line in a message",
        "src/error.rs",
        'self.to_string().replace(moves, " ")',
        'self.to_string().replace(char::is_control, " ")',
        FUZZ,
    ),
    Mutation(
        "waiting no longer than a minute for a server",
        "src/retry.rs",
        ".filter(|asked| *asked <= LONGEST_RETRY_AFTER)",
        "",
        FUZZ,
    ),
    Mutation(
        "believing no range that ends before it begins",
        "src/download.rs",
        "(first <= last && last.checked_add(1) == Some(total))",
        "(last.checked_add(1) == Some(total))",
        FUZZ,
    ),
    Mutation(
        "refusing two dots as an id",
        "src/recordings.rs",
        '"." | ".." => format!("{id:?} cannot be an id: pass an id of the API"),',
        '"." => format!("{id:?} cannot be an id: pass an id of the API"),',
        FUZZ,
    ),
    Mutation(
        "sending a path as it is, or not at all",
        "src/address.rs",
        "Url::parse(&text).is_ok_and(|url| url.as_str() == text && url.fragment().is_none())",
        "Url::parse(&text).is_ok()",
        FUZZ,
    ),
    Mutation(
        "a proxy's whole password",
        "src/options.rs",
        "!authority.contains('@') && ",
        "",
        FUZZ,
    ),
    Mutation(
        "repairing no base URL in silence",
        "src/options.rs",
        "if url.path().trim_end_matches('/') != path.trim_end_matches('/') {",
        "if false {",
        FUZZ,
    ),
    Mutation(
        "reserved headers",
        "src/headers.rs",
        "if RESERVED.contains(&name) {",
        "if false {",
        FUZZ,
    ),
    Mutation(
        "characters that a header can hold",
        "src/headers.rs",
        "if !value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == b'\\t') {",
        "if false {",
        FUZZ,
    ),
    Mutation(
        "a name for a part whatever its version is called",
        "src/part_file.rs",
        "utf8_percent_encode(validator, SEGMENT).to_string()",
        "validator.to_owned()",
        FUZZ,
    ),
    Mutation(
        "hiding an echoed key",
        "src/answer.rs",
        'text.replace(key, "[api key]")',
        "text.to_owned()",
        library("both_nestings_of_an_error_are_read_and_the_key_is_hidden"),
    ),
]
