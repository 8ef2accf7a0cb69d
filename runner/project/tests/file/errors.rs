//! What is refused, and how it is said.

use std::path::PathBuf;

use insta::assert_snapshot;
use wharf_project::{FileBounds, parse_within};

use crate::write::*;

#[test]
fn what_is_no_yaml_is_shown_where_it_goes_wrong() {
    let mut all = String::new();
    for text in [
        "wharf: 1\nsteps:\n\t- uses: x\n",
        "wharf: 1\nsteps: [ { uses: x }\n",
        "wharf: 1\nproject: \"open\n",
        "wharf: 1\n  project: x\n",
        "wharf: 1\nproject: @x\n",
        "wharf: 1\n- x\n",
        "wharf: 1\nvariables:\n  a: [\n    \"1\"\n  ]\n",
    ] {
        all.push_str(&problems(text));
    }
    assert_snapshot!(all, @r#"
    wharf.yaml:3:2 yaml-syntax: this is no valid YAML: tabs disallowed within this context (block indentation)
      > -
      this line has a tab: YAML indents with blanks only
    wharf.yaml:3:1 yaml-syntax: this is no valid YAML: while parsing a flow sequence, expected ',' or ']'
      > 
    wharf.yaml:2:10 yaml-syntax: this is no valid YAML: while scanning a quoted scalar, found unexpected end of stream
      > "
    wharf.yaml:2:10 yaml-syntax: this is no valid YAML: mapping values are not allowed in this context
      > :
    wharf.yaml:2:10 yaml-syntax: this is no valid YAML: unexpected character: `@'
      > @
    wharf.yaml:2:3 yaml-syntax: this is no valid YAML: while parsing a block mapping, did not find expected key
      > x
    wharf.yaml:5:3 yaml-syntax: this is no valid YAML: invalid indentation
      > ]
      lines inside of `[…]` or `{…}`, the closing bracket included, need more blanks
    "#);
    assert!(problems("wharf: \0\n").contains("unprintable character"));
}

#[test]
fn yaml_that_two_readers_would_read_in_two_ways_is_refused() {
    let mut all = String::new();
    for text in [
        "wharf: 1\nsteps: &a [ { uses: x } ]\n",
        "wharf: 1\nsteps: *a\n",
        "wharf: 1\nsteps: [ { uses: !!str x } ]\n",
        "wharf: 1\nvariables: { <<: { a: 1 } }\n",
        "wharf: 1\n---\nwharf: 1\n",
        "wharf: 1\nWharf: 1\n",
        "wharf: 1\nvariables: { Site.Url: a, \"site.url\": b, x: { y: 1, y: 2 } }\n",
        "wharf: 1\nvariables: { [a]: b }\n",
        "wharf: 1\n: x\n",
    ] {
        all.push_str(&problems(text));
    }
    assert_snapshot!(all, @r#"
    wharf.yaml:2:8 yaml-anchor: anchors (`&name`) are not supported
      > &a [ 
      write the value out, or make it a variable; quote text that begins with `&`
    wharf.yaml:2:8 yaml-alias: aliases (`*name`) are not supported
      > *
      write the value out, or make it a variable; quote text that begins with `*`
    wharf.yaml:2:18 yaml-tag: tags (`!name`) are not supported
      > !!str x
      what a value is follows from where it stands; quote text that begins with `!`
    wharf.yaml:2:14 yaml-merge: merge keys (`<<`) are not supported
      > <<
      write the entries out
    wharf.yaml:2:1 several-documents: the file holds more than one YAML document
      > ---
      keep one process in one file; remove the line `---`
    wharf.yaml:2:1 duplicate-key: the key `Wharf` is there twice
      > Wharf
      it is first at line 1, column 1 as `wharf`; keys that differ only by case are the same
    wharf.yaml:2:27 duplicate-key: the key `site.url` is there twice
      > "site.url"
      it is first at line 2, column 14 as `Site.Url`; keys that differ only by case are the same
    wharf.yaml:2:14 key-not-text: a key must be text, not a list or a map
      > [
      quote a value that begins with `{` or `[`
    wharf.yaml:2:1 key-empty: a key is missing before `:`
      >
    "#);
}

#[test]
fn a_template_without_quotes_is_a_comment_and_so_an_error() {
    let mut all = String::new();
    for text in [
        "wharf: 1\nsteps:\n- uses: x\n  if: #{Notify.Enabled}\n",
        "wharf: 1\nsteps:\n- uses: x\n  with: { url: #{Site.Url}/health, a: 1 }\n",
        "wharf: 1\nvariables:\n  a: before #{b} and \"after\" # a comment\n  c:\n    - #{d}\n",
        "wharf: 1\n  #{alone}\nsteps: # x #{fine}\n- uses: x # {fine}\n",
        "wharf: 1\nsteps:\n- uses: x\n  with:\n    script: | #{header}\n      echo #{inside is fine}\n    text: 'quoted #{is fine}'\n",
        "wharf: 1\nvariables: { a: [ #{x},\n #{y} ] }\n",
        "wharf: 1\nvariables:\n  a: \"done \\\" #\" #{x}\n  b: 'it''s' # {x} '\n",
    ] {
        all.push_str(&problems(text));
        all.push('\n');
    }
    assert_snapshot!(all, @r##"
    wharf.yaml:4:7 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{Notify.Enabled}
      write `if: "#{Notify.Enabled}"`

    wharf.yaml:4:16 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{Site.Url}/health, a: 1 }
      write `with: { url: "#{Site.Url}/health", a: 1 }`

    wharf.yaml:3:13 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{b} and "after" # a comment
      write `a: "before #{b} and \"after\"" # a comment`
    wharf.yaml:5:7 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{d}
      write `- "#{d}"`

    wharf.yaml:2:3 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{alone}
      quote the whole value, or write `# {` if a comment is meant

    wharf.yaml:5:15 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{header}
      quote the whole value, or write `# {` if a comment is meant

    wharf.yaml:2:19 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{x},
      write `variables: { a: [ "#{x}",`
    wharf.yaml:3:2 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{y} ] }
      quote the whole value, or write `# {` if a comment is meant

    wharf.yaml:3:18 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{x}
      quote the whole value, or write `# {` if a comment is meant
    "##);
}

#[test]
fn unknown_keys_are_errors_everywhere_and_near_ones_are_suggested() {
    let text = "
wharf: 1
projekt: x
environments: { Dev: { confrm: true } }
packages: { P: { form: x, version: '1' } }
variables: { V: { scoped: [ { vlaue: 1 } ] }, S: { secret: { enw: X } } }
defaults: { timout: 1m, limits: { memroy: 1MiB } }
steps:
  - uses: x
    wiht: {}
    retry: { attempts: 2, backof: 1s }
    allow: { htpp: [] }
processes: { p: { step: [] } }
";
    assert_snapshot!(problems(text), @"
    wharf.yaml:3:1 unknown-key: a process file has no key `projekt`
      > projekt
      did you mean `project`?
    wharf.yaml:4:24 unknown-key: an environment has no key `confrm`
      > confrm
      did you mean `confirm`?
    wharf.yaml:5:13 wrong-value: package `P` does not say where it comes from
      > P
      write `from` with a folder and `version`, `file` with an archive, or `feed` with the name of a feed
    wharf.yaml:5:18 unknown-key: a package has no key `form`
      > form
      did you mean `from`?
    wharf.yaml:6:29 wrong-value: this scoped value has no `value`
      > { vlaue: 1 }
      add `value`, `secret` or `prompt`
    wharf.yaml:6:31 unknown-key: a scoped value has no key `vlaue`
      > vlaue
      did you mean `value`?
    wharf.yaml:6:60 wrong-value: a secret comes from one place
      > { enw: X }
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    wharf.yaml:6:62 unknown-key: a secret has no key `enw`
      > enw
      did you mean `env`?
    wharf.yaml:7:13 unknown-key: `defaults` has no key `timout`
      > timout
      did you mean `timeout`?
    wharf.yaml:7:35 unknown-limit: there is no limit `memroy`
      > memroy
      did you mean `memory`?
    wharf.yaml:10:5 unknown-key: a step has no key `wiht`
      > wiht
      did you mean `with`?
    wharf.yaml:11:27 unknown-key: `retry` has no key `backof`
      > backof
      did you mean `backoff`?
    wharf.yaml:12:14 unknown-power: there is no power `htpp`
      > htpp
      did you mean `http`?
    wharf.yaml:13:14 wrong-value: the process `p` has no steps
      > p
      add `steps:` with a list of steps
    wharf.yaml:13:19 unknown-key: a process has no key `step`
      > step
      did you mean `steps`?
    ");
}

#[test]
fn what_a_later_version_does_is_refused_by_name() {
    let text = "
wharf: 1
targets: {}
environments: [Dev]
variables: { V: { scoped: [ { value: 1, target: web } ] } }
steps:
  - { uses: 'oci://example.com/x:1' }
  - { uses: 'acme/notify@^1.2' }
  - { uses: ./steps/part.yaml }
  - { uses: x, targets: web, rolling: { window: 1 } }
  - { name: Group, steps: [] }
  - { uses: x, if: { any: [A] }, allow: { tcp: ['x:1'] } }
";
    assert_snapshot!(problems(text), @"
    wharf.yaml:3:1 not-supported-yet: `targets` (running steps on other machines) is not supported yet
      > targets
    wharf.yaml:5:41 not-supported-yet: `target` (a scope of targets) is not supported yet
      > target
    wharf.yaml:7:13 not-supported-yet: fetching a step from `oci://example.com/x:1` is not supported yet
      > 'oci://example.com/x:1'
    wharf.yaml:8:13 not-supported-yet: fetching the step `acme/notify@^1.2` from a registry is not supported yet
      > 'acme/notify@^1.2'
    wharf.yaml:9:13 not-supported-yet: a step made of steps is not supported yet
      > ./steps/part.yaml
    wharf.yaml:10:16 not-supported-yet: `targets` (running steps on other machines) is not supported yet
      > targets
    wharf.yaml:10:30 not-supported-yet: `rolling` (running steps on other machines in turn) is not supported yet
      > rolling
    wharf.yaml:11:20 not-supported-yet: `steps` (a group of steps) is not supported yet
      > steps
    wharf.yaml:12:20 not-supported-yet: `any` and `not` in conditions are not supported yet
      > { any: [A] }
    wharf.yaml:12:43 not-supported-yet: the power `tcp` is not supported yet
      > tcp
    ");
}

#[test]
fn feeds_and_their_packages_must_be_sound() {
    let text = "
wharf: 1
feeds:
  a: { folder: x, key: { secret: { env: K } } }
  b: { nuget: x, http: y }
  c: {}
  d: { oci: x, password: hunter2 }
  e: { nuget: x, key: { env: K } }
  f: { s3: { buckt: x } }
  g: { http: x, token: { secret: { env: K } }, user: me, password: { secret: { env: K } } }
packages:
  A: { feed: nowhere }
  B: { feed: a, from: x }
  C: { from: x, version: { git: branch } }
  D: { file: x, prerelease: true }
steps: []
";
    assert_snapshot!(problems(text), @"
    wharf.yaml:4:19 wrong-value: a feed that is `folder` takes no `key`
      > key
      it takes `limits`
    wharf.yaml:5:3 wrong-value: feed `b` has both `http` and `nuget`
      > b
      it has one of `folder`, `http`, `nuget`, `oci` and `s3`
    wharf.yaml:6:3 wrong-value: feed `c` does not say where it is
      > c
      it has one of `folder`, `http`, `nuget`, `oci` and `s3`
    wharf.yaml:7:16 wrong-value: `password` is of no use without `user`
      > password
      write both, or none
    wharf.yaml:7:26 secret-in-the-open: a secret does not stand in a file of the project
      > *******
      write `password: { secret: { env: NAME } }`
    wharf.yaml:8:23 wrong-value: `key` does not say where it is fetched from
      > { env: K }
      write `key: { secret: { env: NAME } }`
    wharf.yaml:8:25 unknown-key: a secret of a feed has no key `env`
      > env
      known here: `secret`
    wharf.yaml:9:12 wrong-value: `s3` names no bucket
      > { buckt: x }
      add `bucket:`
    wharf.yaml:9:14 unknown-key: `s3` has no key `buckt`
      > buckt
      did you mean `bucket`?
    wharf.yaml:10:17 wrong-value: `token` and `user` do not go together
      > token
      keep the one that the feed asks for
    wharf.yaml:13:23 wrong-value: package `B` has both `from` and `feed`
      > x
      write `from` with a folder and `version`, `file` with an archive, or `feed` with the name of a feed
    wharf.yaml:14:26 wrong-value: the version comes from a `tag`
      > { git: branch }
      write `version: { git: tag }`: the version of the tag of the current commit
    wharf.yaml:15:17 wrong-value: `prerelease` goes with `feed`, not with `file`
      > prerelease
      leave it out
    ");
    let text = "wharf: 1\nfeeds: { builds: { folder: x } }\npackages: { A: { feed: build }, B: { feed: zzz } }\nsteps: [ { uses: x } ]";
    assert_snapshot!(problems(text), @"
    wharf.yaml:3:24 unknown-feed: there is no feed `build`
      > build
      did you mean `builds`?
    wharf.yaml:3:44 unknown-feed: there is no feed `zzz`
      > zzz
      known here: `builds`
    ");
}

#[test]
fn values_must_be_what_their_place_asks_for() {
    let mut all = String::new();
    for text in [
        "",
        "# only a comment\n",
        "text",
        "[]",
        "steps: []",
        "wharf: 2\nsteps: []",
        "wharf: 1",
        "wharf: 1\nsteps: x",
        "wharf: 1\nsteps: [x]",
        "wharf: 1\nproject: []\nsteps: []",
        "wharf: 1\nproject: '#{x}'\nsteps: []",
        "wharf: 1\nenvironments: x\nsteps: []",
        "wharf: 1\nenvironments: [Dev, dev]\nsteps: []",
        "wharf: 1\nenvironments: { Dev: { confirm: maybe, variables: { a: { scoped: [] } } } }\nsteps: []",
        "wharf: 1\nenvironments: [Dev]\nvariables: { a: { scoped: [ { value: 1, environment: Dve }, {}, { value: 1, secret: { env: X } } ] } }\nsteps: []",
        "wharf: 1\nvariables: { a: { scoped: x }, b: { secret: hunter2 }, c: { secret: { env: A, file: B } }, '#{d}': 1 }\nsteps: []",
        "wharf: 1\npackages: { A: {}, B: { from: x }, C: { from: x, file: y }, D: { file: x, version: '1' }, E: dist, F: { from: , version: '1' } }\nsteps: []",
        "wharf: 1\nprocesses: { deploy: { steps: [] }, 'a b': { steps: [] }, c: {} }",
        "wharf: 1\ndefaults: { timeout: 30, limits: { memory: 512, handles: many, timeout: 1x, instances: -1 } }\nsteps: []",
    ] {
        all.push_str(&problems(text));
    }
    assert_snapshot!(all, @r#"
    wharf.yaml:1:1 empty-file: the process file is empty
      > 
      `wharf init` writes one to begin with
    wharf.yaml:1:1 empty-file: the process file is empty
      > 
      `wharf init` writes one to begin with
    wharf.yaml:1:1 wrong-type: a process file must be a map, but it is text
      > text
    wharf.yaml:1:1 wrong-type: a process file must be a map, but it is a list
      > []
    wharf.yaml:1:1 wrong-value: the process file does not say which format it has
      > steps
      begin it with `wharf: 1`, the version of its format
    wharf.yaml:1:8 wrong-value: the process file has the unknown format `2`
      > 2
      this version of Wharf reads `wharf: 1`
    wharf.yaml:1:1 wrong-value: the process has no steps
      > wharf
      add `steps:` with a list of steps
    wharf.yaml:2:8 wrong-type: `steps` must be a list, but it is text
      > x
    wharf.yaml:2:9 wrong-type: a step must be a map, but it is text
      > x
    wharf.yaml:2:10 wrong-type: `project` must be text, but it is a list
      > []
    wharf.yaml:2:10 wrong-value: `project` cannot be a template
      > '#{x}'
      variables are known only when a run begins; write it out
    wharf.yaml:2:15 wrong-type: `environments` must be a list of names or a map, but it is text
      > x
    wharf.yaml:2:21 duplicate-key: the environment `dev` is there twice
      > dev
      it is first at line 2
    wharf.yaml:2:33 wrong-value: `confirm` is `maybe`
      > maybe
      write `true` or `false`
    wharf.yaml:2:56 wrong-value: `scoped` cannot stand under an environment
      > { scoped: [] }
      write the value; it holds for this environment only
    wharf.yaml:3:54 unknown-environment: there is no environment `Dve`
      > Dve
      did you mean `Dev`?
    wharf.yaml:3:61 wrong-value: this scoped value has no `value`
      > {}
      add `value`, `secret` or `prompt`
    wharf.yaml:3:85 wrong-value: this has both `value` and `secret`
      > { env: X }
      keep one of them
    wharf.yaml:2:27 wrong-type: `scoped` must be a list, but it is text
      > x
    wharf.yaml:2:45 secret-in-the-open: a secret does not stand in a file of the project
      > *******
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    wharf.yaml:2:69 wrong-value: a secret comes from one place
      > { env: A, file: B }
      write where it is fetched from: `secret: { env: NAME }`, `{ file: PATH }`, `{ run: [PROGRAM, ARGUMENT] }` or `{ prompt: LABEL }`
    wharf.yaml:2:92 wrong-value: the name of a variable cannot be a template
      > '#{d}'
      the name of a variable stands for itself
    wharf.yaml:2:13 wrong-value: package `A` does not say where it comes from
      > A
      write `from` with a folder and `version`, `file` with an archive, or `feed` with the name of a feed
    wharf.yaml:2:20 wrong-value: package `B` has no `version`
      > B
      add one, such as `version: "1.0.0"`, which packs `B.1.0.0.zip`
    wharf.yaml:2:47 wrong-value: package `C` has both `from` and `file`
      > x
      write `from` with a folder and `version`, `file` with an archive, or `feed` with the name of a feed
    wharf.yaml:2:84 wrong-value: `file` and `version` do not go together
      > '1'
      the version of an archive is part of its name; leave `version` out
    wharf.yaml:2:94 wrong-type: a package must be a map, but it is text
      > dist
    wharf.yaml:2:109 wrong-type: `from` must be text, but it is empty
      > 
    wharf.yaml:2:14 wrong-value: `deploy` cannot stand under `processes`
      > deploy
      the steps at the top of the file are the process `deploy`; move these there
    wharf.yaml:2:37 wrong-value: `a b` cannot be the name of a process
      > 'a b'
      use letters, digits, `-` and `_`: it is written on the command line
    wharf.yaml:2:59 wrong-value: the process `c` has no steps
      > c
      add `steps:` with a list of steps
    wharf.yaml:2:22 wrong-value: `timeout` is `30`, which has a number without its unit
      > 30
      write a time such as `500ms`, `30s`, `5m` or `1h30m`
    wharf.yaml:2:44 wrong-value: the limit `memory` is `512`, which has a number without its unit
      > 512
      write a size such as `512MiB` or `10MB`
    wharf.yaml:2:58 wrong-value: the limit `handles` is `many`
      > many
      write a whole number from 0
    wharf.yaml:2:73 wrong-value: the limit `timeout` is `1x`, which has a unit that is no time
      > 1x
      write a time such as `500ms`, `30s`, `5m` or `1h30m`
    wharf.yaml:2:88 wrong-value: the limit `instances` is `-1`
      > -1
      write a whole number from 0
    "#);
}

#[test]
fn a_step_must_be_what_a_step_is() {
    let mut all = String::new();
    for step in [
        "name: x",
        "uses:",
        "uses: Write File",
        "uses: my.wasm",
        "uses: ./my.exe",
        "uses: ~/my.wasm",
        "uses: '#{X}'",
        "uses: x\nid: a b",
        "uses: x\nname: '!!!'",
        "uses: x\nwith: text",
        "uses: x\nif:",
        "uses: x\nif: false",
        "uses: x\nwhen: sometimes",
        "uses: x\nretry: { backoff: 1s }",
        "uses: x\nretry: { attempts: 0, backoff: 0s }",
        "uses: x\ntimeout: 1m\nlimits: { timeout: 2m }",
        "uses: x\nprobe: maybe\ndisabled: []",
        "uses: x\nallow: { http: ['*'], run: [[]], read: '' }",
    ] {
        all.push_str(&problems_of_step(step));
    }
    assert_snapshot!(all, @"
    wharf.yaml:4:5 wrong-value: this step does not say what it uses
      > name: x
      write the step to use, such as `uses: write-file`; `wharf step list` shows the standard ones
    wharf.yaml:4:9 wrong-type: `uses` must be text, but it is empty
      > 
    wharf.yaml:4:11 wrong-value: `Write File` is no name of a step
      > Write File
      write the name of a standard step (`wharf step list` shows them) or a file such as `./my-step.wasm`
    wharf.yaml:4:11 wrong-value: `my.wasm` looks like a file
      > my.wasm
      write `./my.wasm`
    wharf.yaml:4:11 wrong-value: `./my.exe` is no component's file
      > ./my.exe
      a component's file ends in `.wasm`
    wharf.yaml:4:11 wrong-value: `~` is not expanded
      > ~/my.wasm
      write the path out, or one relative to the process file
    wharf.yaml:4:11 wrong-value: `uses` cannot be a template
      > '#{X}'
      variables are known only when a run begins; write it out
    wharf.yaml:5:9 wrong-value: `a b` is no id
      > a b
      an id has letters, digits, `-` and `_`, at most 100 of them
    wharf.yaml:5:11 wrong-value: this name has no letter or digit to make an id of
      > '!!!'
      give the step an `id`
    wharf.yaml:5:11 wrong-type: `with` must be a map of inputs, but it is text
      > text
    wharf.yaml:5:7 wrong-value: `if` is empty, so that the step would always run
      > 
      write the name of a variable or a quoted template, or leave `if` out
    wharf.yaml:5:9 wrong-value: a condition is the name of a variable
      > false
      write `disabled: true`
    wharf.yaml:5:11 wrong-value: `when` is `sometimes`
      > sometimes
      write `success`, `failure` or `always`; a condition on a variable is an `if`
    wharf.yaml:5:12 wrong-value: `retry` does not say how many attempts there are
      > { backoff: 1s }
      write `attempts`, the first one included, such as `retry: { attempts: 5 }`
    wharf.yaml:5:24 wrong-value: `attempts` is `0`
      > 0
      write a whole number from 1 to 1000
    wharf.yaml:5:36 wrong-value: `backoff` is `0s`, which is no time at all
      > 0s
      write a time such as `500ms`, `30s`, `5m` or `1h30m`
    wharf.yaml:6:15 wrong-value: `timeout` is set twice for this step
      > timeout
      keep the one of the two that is meant
    wharf.yaml:5:12 wrong-value: `probe` is `maybe`
      > maybe
      write `true` or `false`
    wharf.yaml:6:15 wrong-type: `disabled` must be `true` or `false`, but it is a list
      > []
    wharf.yaml:5:21 bad-pattern: `*` needs a scheme: write `https://*`
      > '*'
    wharf.yaml:5:33 wrong-type: `run` must be text, but it is a list
      > []
    wharf.yaml:5:44 wrong-value: `read` is empty
      > ''
      write it, or leave the key out
    ");
}

#[test]
fn ids_are_unique_in_a_process_and_only_there() {
    let text = "
wharf: 1
steps:
  - { name: Same thing, uses: x }
  - { name: 'same: THING', uses: x }
  - { id: Web, uses: x }
on-failure:
  - { id: web, uses: x }
processes: { other: { steps: [ { id: web, uses: x } ] } }
";
    assert_snapshot!(problems(text), @"
    wharf.yaml:5:13 duplicate-id: two steps have the id `same-thing`
      > 'same: THING'
      the other one is at line 4; give one of them another `name` or an `id`
    wharf.yaml:8:11 duplicate-id: two steps have the id `web`
      > web
      the other one is at line 6
    ");
}

#[test]
fn no_more_problems_are_told_than_anybody_reads() {
    let many: String = (0..500).map(|number| format!("k{number}: 1\n")).collect();
    let all = problems(&format!("wharf: 1\n{many}steps: []"));
    assert_eq!(all.matches("unknown-key").count(), 100);
    assert!(all.ends_with("too-many-problems: and 400 more problems\n  > k99\n"), "{all}");
}

#[test]
fn files_that_are_too_much_are_refused_by_the_name_of_the_limit() {
    let bounds = FileBounds { bytes: 200, depth: 4, entries: 20 };
    let mut all = String::new();
    for text in
        [format!("wharf: 1 #{}", "x".repeat(200)), "[".repeat(150), "- ".repeat(90), "[1,".repeat(2) + &"1,".repeat(30)]
    {
        all.push_str(&show(&parse_within(file(&text), PathBuf::from("."), &bounds).diagnostics));
    }
    assert_snapshot!(all, @"
    wharf.yaml:1:1 file-too-large: the file has 210 bytes; the limit is 200
      > 
      keep data in files of their own and name them in the process file
    wharf.yaml:1:5 nested-too-deep: lists and maps are nested deeper than 4 levels
      > [
    wharf.yaml:1:9 nested-too-deep: lists and maps are nested deeper than 4 levels
      > 
    wharf.yaml:1:39 too-many-entries: the file has more than 20 entries
      > 1
      keep data in files of their own and name them in the process file
    ");
}
