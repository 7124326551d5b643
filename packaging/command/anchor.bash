# Completes the command anchor for bash.

_anchor() {
    local current=$2 subcommand='' arguments=0 option='' only_arguments='' i word
    [[ $current == = ]] && current=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $subcommand$arguments == while-paused1 && ($word == -- || $word != -*) ]]; then
            [[ $word == -- ]] && ((i++))
            _anchor_command "$i" "$current"
            return
        fi
        case $only_arguments$word in
        --) only_arguments=1 ;;
        --timeout | --max-retries | --base-url | --ca-file | --client-certificate | --proxy | --header | -H)
            option=$word
            [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
            ((++i < COMP_CWORD)) && option=
            ;;
        -*) ;;
        *) if [[ $subcommand ]]; then ((arguments++)); else subcommand=$word; fi ;;
        esac
    done
    if [[ $option ]]; then
        case $option in --ca-file | --client-certificate) _anchor_files "$current" ;; esac
    elif [[ $current == -* && ! $only_arguments ]]; then
        _anchor_words "$current" "--json --timeout --max-retries --base-url --ca-file --client-certificate --proxy --header -H --verbose -v --help -h --version -V"
    else
        case $subcommand$arguments in
        0) _anchor_words "$current" "pause resume list download delete while-paused request" ;;
        download1) _anchor_files "$current" ;;
        request0) _anchor_words "$current" "GET POST PUT PATCH DELETE" ;;
        while-paused1) _anchor_command "$COMP_CWORD" "$current" ;;
        esac
    fi
}

_anchor_words() {
    mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

_anchor_files() {
    # Without a terminal, as in a test, there is nothing to set.
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Completes the command that begins with this word.
_anchor_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$2")
    else
        _anchor_files "$2"
    fi
}

complete -F _anchor anchor
