# What scripts of Octopus Deploy find, for sh and bash. `get_octopusvariable` with its values is added behind.

__wharf_encode() {
    printf '%s' "$1" | base64 | tr -d '\r\n'
}

__wharf_as() {
    printf '##octopus[stdout-%s]\n' "$1"
    shift
    printf '%s\n' "$*"
    printf '##octopus[stdout-default]\n'
}

# What is not handed over may be missing because the step may not read it: the step says so.
__wharf_unknown() {
    printf "##octopus[wharf-unknownVariable name='%s']\n" "$(__wharf_encode "$1")" >&2
}

# set_octopusvariable NAME VALUE [-sensitive]
set_octopusvariable() {
    case "${3-}" in
        -sensitive | --sensitive)
            printf "##octopus[setVariable name='%s' value='%s' sensitive='%s']\n" \
                "$(__wharf_encode "$1")" "$(__wharf_encode "${2-}")" "$(__wharf_encode True)" ;;
        *)
            printf "##octopus[setVariable name='%s' value='%s']\n" \
                "$(__wharf_encode "$1")" "$(__wharf_encode "${2-}")" ;;
    esac
}

# new_octopusartifact PATH [NAME]
new_octopusartifact() {
    case "$1" in
        /*) __wharf_path=$1 ;;
        *) __wharf_path=$(pwd)/$1 ;;
    esac
    printf "##octopus[createArtifact path='%s' name='%s']\n" \
        "$(__wharf_encode "$__wharf_path")" "$(__wharf_encode "${2-${1##*/}}")"
}

# update_progress PERCENTAGE [MESSAGE]
update_progress() {
    printf "##octopus[progress percentage='%s' message='%s']\n" "$(__wharf_encode "$1")" "$(__wharf_encode "${2-}")"
}

write_verbose() { __wharf_as verbose "$@"; }
write_highlight() { __wharf_as highlight "$@"; }
write_wait() { __wharf_as wait "$@"; }
write_warning() { __wharf_as warning "$@"; }
write_error() { __wharf_as error "$@"; }

# fail_step [MESSAGE]
fail_step() {
    if [ -n "${1-}" ]; then
        printf "##octopus[resultMessage message='%s']\n" "$(__wharf_encode "$1")"
    fi
    exit 1
}
