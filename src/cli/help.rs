//! The texts below the options in `--help`.
//!
//! tests/cli/man_page.rs makes the man pages from them: each line such as "Examples:" begins a section.

pub const ALL: &str = "\
Success means that the API confirmed it. Messages are on stderr, each in one line. Each subcommand has
a man page, such as anchor-while-paused(1).

Environment:
  ANCHORBROWSER_API_KEY         the API key, which is never read from the command line
  ANCHORBROWSER_BASE_URL        the base URL, unless --base-url is given
  ANCHORBROWSER_CUSTOM_HEADERS  headers for every request, one \"Name: value\" in each line
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                                the proxy, unless --proxy is given, and the hosts without one
  SSL_CERT_FILE, SSL_CERT_DIR   the certificates to trust instead of the system's
Unlike options, environment variables are hidden from other users of this machine.

Exit status:
  0    success, confirmed by the API
  1    failure on this side: no connection, an answer that is not the API's, a full disk
  2    an argument, a setting or the key is unusable
  3    the API did not accept the key, or the key has no permission (401, 403)
  4    the session, the recording or the path does not exist (404)
  5    timeout or lost connection: the request may have taken effect, try again
  6    the API refused for another reason or failed (429, 500 and others)
With several sessions, the first failure decides. If a signal ends anchor itself, a shell shows
128+N: 130 after Ctrl-C.

while-paused exits with the code of its command (128+N if signal N ended it), or with
  123  the command ran, and the recording may still be paused
  125  the command was not run: pausing was not confirmed, or an argument or the key is unusable
  126  the command could not be run
  127  the command was not found
A command may exit with these numbers itself, so keep 123 to 127 free.

Examples:
  anchor while-paused \"$session\" -- type-the-password
  anchor pause \"$session\"
  anchor resume \"$session\"
  anchor download \"$session\" video.mp4
  anchor list --json \"$session\" | jq -r '.data.items[].id'
  anchor request POST /v1/sessions '{}'";

pub const PAUSE: &str = "\
With several sessions, each has a line of its own, and a failure does not keep the others from their
turn. An id that begins with - comes after --.

Exit status: see anchor --help

Examples:
  anchor pause \"$session\"
  anchor pause --json \"$session1\" \"$session2\"
  anchor pause -- -4f1c9a";

pub const RESUME: &str = "\
With several sessions, each has a line of its own, and a failure does not keep the others from their
turn. An id that begins with - comes after --.

Exit status: see anchor --help

Examples:
  anchor resume \"$session\"
  anchor resume --json \"$session1\" \"$session2\"";

pub const LIST: &str = "\
The table has a column STATUS if the API's answer has that field.

Exit status: see anchor --help

Examples:
  anchor list \"$session\"
  anchor list --json \"$session\" | jq -r '.data.items[] | select(.is_primary).id'";

pub const DOWNLOAD: &str = "\
Exit status: see anchor --help

Examples:
  anchor download \"$session\" video.mp4
  anchor download --timeout 60 \"$session\" - | ffmpeg -i - video.gif";

pub const DELETE: &str = "\
The last argument is the recording. With several sessions, each has a line of its own, and a failure
does not keep the others from their turn. An id that begins with - comes after --.

Exit status: see anchor --help

Examples:
  anchor delete \"$session\" primary
  anchor delete \"$session1\" \"$session2\" primary";

pub const REQUEST: &str = "\
Exit status: see anchor --help

Examples:
  anchor request POST /v1/sessions '{}'
  anchor request \"/v1/sessions/$session\"
  anchor request POST \"/v1/sessions/$session/keyboard/type\" - <text.json
  anchor request DELETE \"/v1/sessions/$session\"";

pub const WHILE_PAUSED: &str = "\
The recording is resumed however the command ends: with any exit code, by a signal, or because it
cannot be run. Only SIGKILL to anchor, or a crash of the machine, leaves the recording paused without
a message. To resume it then: anchor resume \"$session\".

The command is a program, not a shell function or builtin: write -- bash -c '...' for these.

Every signal that would end anchor and can be caught is passed on to the command, and anchor waits
until the command has ended. Ctrl-C reaches the command once, even if it runs in a process group or
a session of its own. Signals that were ignored when anchor was started stay ignored. Signals that
were blocked then are unblocked for the command, because otherwise they would not end it. As process
1 of a container, anchor also reaps the processes that the command leaves behind.

While the recording is being resumed, only a second Ctrl-C makes anchor give up. A line on stderr
then says how to resume later. Silence means that the recording was resumed. At a terminal, a line
confirms it after a signal.

The command inherits input, output and the environment, including the API key, which a script that
drives the browser needs. To hide the key from it, run it with
env -u ANCHORBROWSER_API_KEY.

Two of these for one session are independent: the one that ends first resumes the recording.

--timeout applies to pausing and to resuming, not to the command. The options of anchor come before
the command.

Exit status:
  123  the command ran, and the recording may still be paused
  125  the command was not run: pausing was not confirmed, or an argument or the key is unusable
  126  the command could not be run
  127  the command was not found
Any other code is the command's own (128+N if signal N ended it). A command may exit with these
numbers itself, so keep 123 to 127 free. The recording was resumed after 125, 126 and 127, unless the
message says that it may still be paused.

Examples:
  anchor while-paused \"$session\" -- type-the-password
  anchor while-paused \"$session\" -- bash -c 'source login.sh; type_the_password'
  anchor while-paused \"$session\" -- env -u ANCHORBROWSER_API_KEY python3 login.py
  anchor while-paused -- -4f1c9a type-the-password";
