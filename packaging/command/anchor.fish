# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_anchor_global_optspecs
    string join \n json timeout= max-retries= base-url= ca-file= client-certificate= proxy= H/header= v/verbose h/help V/version
end

function __fish_anchor_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_anchor_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_anchor_using_subcommand
    set -l cmd (__fish_anchor_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c anchor -n "__fish_anchor_needs_command" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_needs_command" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_needs_command" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_needs_command" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_needs_command" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_needs_command" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_needs_command" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_needs_command" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_needs_command" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_needs_command" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_needs_command" -s V -l version -d 'Print version'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "pause" -d 'Pause the recordings of sessions'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "resume" -d 'Resume the recordings of sessions'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "list" -d 'List the recordings of a session'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "download" -d 'Download the primary recording of a session, or resume an interrupted download'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "delete" -d 'Delete a recording of each session'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "while-paused" -d 'Run a command while the recording is paused, and resume it afterwards'
complete -c anchor -n "__fish_anchor_needs_command" -f -a "request" -d 'Send any request to the API, and print its answer'
complete -c anchor -n "__fish_anchor_using_subcommand pause" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand pause" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand pause" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand pause" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_using_subcommand resume" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand resume" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand resume" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand resume" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_using_subcommand list" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand list" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand list" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand list" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand list" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand list" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand list" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand list" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand list" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand list" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_using_subcommand download" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand download" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand download" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand download" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand download" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand download" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand download" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand download" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand download" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand download" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_using_subcommand delete" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand delete" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand delete" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand delete" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand while-paused" -s h -l help -d 'Print help'
complete -c anchor -n "__fish_anchor_using_subcommand request" -s H -l header -d 'Add a header to every request; may be repeated' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand request" -l timeout -d 'The timeout of a call, retries included [default: 30; for a download 3600]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand request" -l max-retries -d 'How often a transient failure is retried [default: 2]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand request" -l base-url -d 'The base URL of the API [default: https://api.anchorbrowser.io]' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand request" -l ca-file -d 'A PEM file of certificates to trust in addition to the system\'s' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand request" -l client-certificate -d 'A PEM file with the client\'s certificate and key, for servers that ask for one' -r -F
complete -c anchor -n "__fish_anchor_using_subcommand request" -l proxy -d 'The proxy for every request, or "" for none' -r -f
complete -c anchor -n "__fish_anchor_using_subcommand request" -l json -d 'Print JSON: the API\'s answer to stdout, or a failure as {"error": {..}} to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand request" -s v -l verbose -d 'Log every attempt to stderr'
complete -c anchor -n "__fish_anchor_using_subcommand request" -s h -l help -d 'Print help'

complete -c anchor -n "__fish_anchor_using_subcommand pause resume list delete request" -f
complete -c anchor -n "__fish_anchor_using_subcommand request; and test (count (commandline -opc)) -eq 2" -f -a "GET POST PUT PATCH DELETE"
function __anchor_command
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
complete -c anchor -n "__fish_anchor_using_subcommand while-paused; and contains -- -- (commandline -opc)" -f -a "(__anchor_command)"
