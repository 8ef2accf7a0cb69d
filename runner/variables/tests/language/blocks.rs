//! Blocks, filters and navigation, first as Octostache has them, then where Wharf is stricter.

use crate::write::*;
use insta::assert_snapshot;
use wharf_model::ValueKind;

/// Each template with what it becomes.
fn table(variables: &wharf_variables::Variables, templates: &[&str]) -> String {
    templates.iter().map(|template| format!("{template} => {}\n", leniently(variables, template))).collect()
}

#[test]
fn conditions() {
    let variables = texts(&[("Yes", "true"), ("No", " False "), ("Zero", "0"), ("Name", "Web"), ("Other", "web")]);
    assert_snapshot!(table(&variables, &[
        "#{if Yes}a#{else}b#{/if}",
        "#{IF No}a#{else}b#{/if}",
        "#{unless Zero}a#{else}b#{/unless}",
        "#{if Missing}a#{else}b#{/if}",
        "#{if Name == \"Web\"}a#{/if}#{if \"Web\" != Name}b#{/if}#{if Name == Other}c#{/if}",
        "#{if Name | ToLower == Other | Trim}a#{/if}",
        "#{if Name == \\\"Web\\\"}a#{/if}",
        "#{if No}a#{elseif Name == \"x\"}b#{elseif Yes}c#{else}d#{/if}",
        "#{if No}a#{elseif Zero}b#{/if}",
        "#{if Yes}#{if No}a#{else}b#{/if}c#{/if}",
        "#{elseifFoo}",
        "#{if Name | Bogus}a#{else}b#{/if}",
        "#{unless Name | Bogus}a#{/unless}",
        "#{if Yes}never closed",
        "#{if No == \"x\"}never closed",
    ]), @r#"
    #{if Yes}a#{else}b#{/if} => a
    #{IF No}a#{else}b#{/if} => b
    #{unless Zero}a#{else}b#{/unless} => a
    #{if Missing}a#{else}b#{/if} => b
    #{if Name == "Web"}a#{/if}#{if "Web" != Name}b#{/if}#{if Name == Other}c#{/if} => a
    #{if Name | ToLower == Other | Trim}a#{/if} => a
    #{if Name == \"Web\"}a#{/if} => a
    #{if No}a#{elseif Name == "x"}b#{elseif Yes}c#{else}d#{/if} => c
    #{if No}a#{elseif Zero}b#{/if} => 
    #{if Yes}#{if No}a#{else}b#{/if}c#{/if} => bc
    #{elseifFoo} => #{elseifFoo}  ! The following tokens were unable to be evaluated: '#{elseifFoo}'
    #{if Name | Bogus}a#{else}b#{/if} => #{if Name | Bogus}a#{else}b#{/if}  ! The following tokens were unable to be evaluated: 'Name | Bogus'
    #{unless Name | Bogus}a#{/unless} => #{if Name | Bogus}#{else}a#{/if}  ! The following tokens were unable to be evaluated: 'Name | Bogus'
    #{if Yes}never closed => #{if Yes}never closed  ! The following tokens were unable to be evaluated: '#{if Yes}'
    #{if No == "x"}never closed => #{if No == "x"}never closed  ! `#{if No == "x"}` is not closed by `#{/if}`
    "#);
}

#[test]
fn loops() {
    let variables = texts(&[
        ("A[two].Name", "2"),
        ("A[one].Name", "1"),
        ("A[two].Of", "x,y"),
        ("List", "a, b,"),
        ("Json", "[1, true, {\"k\": null}]"),
        ("Object", "{\"b\": 1, \"a\": {\"n\": 2}}"),
        ("Items", "#{x},#{Name}"),
        ("Name", "outer"),
        ("x", "global"),
    ]);
    assert_snapshot!(table(&variables, &[
        "#{each a in A}#{a}=#{a.Name};#{/each}",
        "#{each a in A}#{each o in a.Of}#{a.Name}#{o}#{/each}#{/each}",
        "#{each x in List}[#{x}]#{/each}",
        "#{each x in Json}[#{x}]#{/each}",
        "#{each x in Object}#{x}:#{x.Key}=#{x.Value}#{x.Value.n};#{/each}",
        "#{each x in List}#{Octopus.Template.Each.Index}#{Wharf.Template.Each.First}#{Octopus.Template.Each.Last} #{/each}",
        "#{each x in Missing}a#{/each}",
        "#{each x in Items}#{x} #{/each}",
        "#{A[*].Name} #{A[#{Which}].Name}",
        "#{each a in A}#{A[#{a}].Name}#{/each}",
        "#{EACH x IN List}-#{/each}",
        "#{each x in List}never closed #{Name}",
    ]), @r#"
    #{each a in A}#{a}=#{a.Name};#{/each} => two=2;one=1;
    #{each a in A}#{each o in a.Of}#{a.Name}#{o}#{/each}#{/each} => 2x2y
    #{each x in List}[#{x}]#{/each} => [a][ b][]
    #{each x in Json}[#{x}]#{/each} => [1][True][{"k":null}]
    #{each x in Object}#{x}:#{x.Key}=#{x.Value}#{x.Value.n};#{/each} => b:b=11;a:a={"n":2}2;
    #{each x in List}#{Octopus.Template.Each.Index}#{Wharf.Template.Each.First}#{Octopus.Template.Each.Last} #{/each} => 0TrueFalse 1FalseFalse 2FalseTrue 
    #{each x in Missing}a#{/each} => 
    #{each x in Items}#{x} #{/each} => global outer 
    #{A[*].Name} #{A[#{Which}].Name} => 2 #{A[#{Which}].Name}  ! The following tokens were unable to be evaluated: '#{A[#{Which}].Name}'
    #{each a in A}#{A[#{a}].Name}#{/each} => 21
    #{EACH x IN List}-#{/each} => #{EACH x IN List}-#{/each}  ! `#{/each}` ends no block that was begun
    #{each x in List}never closed #{Name} => #{each x in List}never closed #{Name}  ! `#{each x in List}` is not closed by `#{/each}`
    "#);
}

#[test]
fn calculations() {
    let variables = texts(&[("A", "5"), ("B", "2.5"), ("My-Var", "10"), ("Text", "x")]);
    assert_snapshot!(table(&variables, &[
        "#{calc 1 + 2 * 3}",
        "#{calc (1 + 2) * 3}",
        "#{calc A+B} #{calc A / B} #{calc {A}/{B}} #{calc 7 % 4}",
        "#{calc {My-Var} - 1} #{calc My-Var*2}",
        "#{calc A+Text} #{calc A+Missing}",
        "#{calc 1/0} #{calc 1/3}",
        "#{calc }",
    ]), @"
    #{calc 1 + 2 * 3} => 7
    #{calc (1 + 2) * 3} => 9
    #{calc A+B} #{calc A / B} #{calc {A}/{B}} #{calc 7 % 4} => 7.5 #{A / B} 2 3
    #{calc {My-Var} - 1} #{calc My-Var*2} => 9 20
    #{calc A+Text} #{calc A+Missing} => #{A+Text} #{A+Missing}
    #{calc 1/0} #{calc 1/3} => Infinity 0.3333333333333333
    #{calc } => #{calc}  ! The following tokens were unable to be evaluated: '#{calc}'
    ");
    assert_snapshot!(evaluate(&variables, "#{calc A-1} #{calc Text+1} #{calc 1/0}"), @"
    wharf.yaml:1:1 `#{calc A-1}` unresolved-variable: there is no variable `A-1`
      `-` and `/` belong to names: write `{Name} - 1`
      add it under `variables:`, or give it with `--variable 'A-1=…'`
    wharf.yaml:1:13 `#{calc Text+1}` calculation: the value of `Text` is no number
    wharf.yaml:1:28 `#{calc 1/0}` calculation: this has no finite result
    ");
}

#[test]
fn filters_and_echoes() {
    let variables = texts(&[("Foo", "Bar"), ("Null", "#{ | null }"), ("Nested", "a #{Missing} b"), ("Default", "x")]);
    assert_snapshot!(table(&variables, &[
        "#{Foo | ToLower}",
        "#{Foo|toupper|Append \"!\" #{Foo}}",
        "#{Missing | ToLower | Append x y}",
        "#{Missing | Append x y}",
        "#{Missing | Default \"d e\"} #{Foo | Default x}",
        "#{Missing} #{Missing.Part[1]} #{  Missing  } #{Missing}",
        "#{Foo | Bogus a \"b\" #{Foo}}",
        "#{Nested}",
        "a#{ | null }b",
        "#{Null}",
        "#{Foo | Append #{ | null }}",
        "##{Foo} ###{Foo} #{oops",
    ]), @r#"
    #{Foo | ToLower} => bar
    #{Foo|toupper|Append "!" #{Foo}} => BAR!Bar
    #{Missing | ToLower | Append x y} => xy
    #{Missing | Append x y} => xy
    #{Missing | Default "d e"} #{Foo | Default x} => d e Bar
    #{Missing} #{Missing.Part[1]} #{  Missing  } #{Missing} => #{Missing} #{Missing.Part[1]} #{Missing} #{Missing}  ! The following tokens were unable to be evaluated: '#{Missing}', '#{Missing.Part[1]}'
    #{Foo | Bogus a "b" #{Foo}} => #{Foo | Bogus "a" "b" #{Foo}}  ! The following tokens were unable to be evaluated: '#{Foo | Bogus "a" "b" #{Foo}}'
    #{Nested} => a #{Missing} b  ! The following tokens were unable to be evaluated: '#{Missing}'
    a#{ | null }b => (null)
    #{Null} => 
    #{Foo | Append #{ | null }} => (null)
    ##{Foo} ###{Foo} #{oops => ##{Foo} ###{Foo} #{oops  ! `#{` is not closed by `}`
    "#);
    let files = variables.clone().lenient(true).halt_on_error(false);
    assert_eq!(
        files.evaluate("#{Foo} #{oops% ##{x} #{/if} #{Foo}", None).map(|rendition| rendition.value),
        Ok(Some(wharf_variables::Evaluated::Known("Bar #{oops% #{x} #{/if} Bar".into())))
    );
    let unset = variables.evaluate_value(&plain("x#{ | null }")).map(|value| value.kind);
    assert_eq!(unset, Ok(ValueKind::Null));
    assert_eq!(variables.get("Null"), Ok(None));
}

#[test]
fn what_has_no_value_is_an_error_where_one_is_strict() {
    let variables = texts(&[("Foo", "Bar"), ("Null", "#{ | null }"), ("Items", "a,b")]);
    let template = "#{if Foo | Bogus}x#{/if} #{Fooo | ToLower} #{Foo | Substring} #{ | ToLower} #{Foo | Tolover} #{Null} \
                    #{each i in Items}#{i.x}#{/each} #{if Foo}open #{each x in y}";
    assert_snapshot!(evaluate(&variables, template), @"
    wharf.yaml:1:1 `#{if Foo | Bogus}x#{/if}` unknown-filter: there is no filter `Bogus`
    wharf.yaml:1:26 `#{Fooo | ToLower}` unresolved-variable: there is no variable `Fooo`
      did you mean `Foo`?
    wharf.yaml:1:44 `#{Foo | Substring}` filter-arguments: the filter `Substring` takes a length, or a start and a length, as whole numbers from 0
    wharf.yaml:1:63 `#{ | ToLower}` filter-input: the filter `ToLower` needs a value to work on
    wharf.yaml:1:77 `#{Foo | Tolover}` unknown-filter: there is no filter `Tolover`
      did you mean `ToLower`?
    wharf.yaml:1:94 `#{Null}` unresolved-variable: variable `Null` is null here
      `#{ | null }` in its value unsets it
    wharf.yaml:1:120 `#{i.x}` unresolved-variable: there is no variable `i.x`
      add it under `variables:`, or give it with `--variable 'i.x=…'`
    wharf.yaml:1:120 `#{i.x}` unresolved-variable: there is no variable `i.x`
      add it under `variables:`, or give it with `--variable 'i.x=…'`
    wharf.yaml:1:135 `#{if Foo}` template-syntax: `#{if Foo}` is not closed by `#{/if}`
      write `##{` for a literal `#{`
    wharf.yaml:1:149 `#{each x in y}` template-syntax: `#{each x in y}` is not closed by `#{/each}`
      write `##{` for a literal `#{`
    ");
}

#[test]
fn json_is_gone_into_but_variables_of_that_name_win_and_parts_of_outputs_are_no_templates() {
    let mut variables = texts(&[
        ("J", "{\"a\": {\"b\": [1, \"#{Name}\"]}, \"t\": true, \"Case\": 1}"),
        ("J.a.c", "explicit"),
        ("Name", "n"),
        ("Loose", "{a: 'x', b: \"#{Loose.a}\",}"),
        ("Wrap", "{\"p\": \"#{Step[s].Output.o}\"}"),
    ]);
    variables.set_output("s", "s", "o", &serde_json::json!("##{ #{Name}"));
    assert_snapshot!(table(&variables, &[
        "#{J.a.b[1]} #{J[a].b[0]} #{J.a.c} #{J.t} #{J.a}",
        "#{J.missing}|#{J.a.b[9]}|#{J.case}|#{Name.x}",
        "#{Loose.b}",
        "#{Wrap.p}",
    ]), @"
    #{J.a.b[1]} #{J[a].b[0]} #{J.a.c} #{J.t} #{J.a} => #{J.a.b[1]} 1 explicit True #{J.a}  ! The following tokens were unable to be evaluated: '#{J.a.b[1]}', '#{J.a}'
    #{J.missing}|#{J.a.b[9]}|#{J.case}|#{Name.x} => |#{J.a.b[9]}||#{Name.x}  ! The following tokens were unable to be evaluated: '#{J.a.b[9]}', '#{Name.x}'
    #{Loose.b} => x
    #{Wrap.p} => ##{ #{Name}
    ");
    assert_snapshot!(evaluate(&variables, "#{J.a.b[9]} #{J.case} #{Name.x}"), @"
    wharf.yaml:1:1 `#{J.a.b[9]}` unresolved-variable: there is no variable `J.a.b[9]`
      add it under `variables:`, or give it with `--variable 'J.a.b[9]=…'`
    wharf.yaml:1:13 `#{J.case}` unresolved-variable: the value of `J` has no `case`
      did you mean `Case`?
    wharf.yaml:1:23 `#{Name.x}` unresolved-variable: the value of `Name` has no `x`
      it is text that is no JSON list or map
    ");
}

#[test]
fn lists_and_maps_of_yaml_are_gone_through_as_they_are_written() {
    let hosts = list(&[map(&[("Name", plain("w1")), ("Port", plain("80"))]), map(&[("Name", plain("#{Second}"))])]);
    let variables = in_dev(&[
        define("Hosts", hosts),
        define("Second", plain("w2")),
        define("Map", map(&[("k", plain("1")), ("#{Second}", list(&[plain("x")]))])),
        define("Alias", plain("#{Hosts}")),
        define("Empty", list(&[])),
    ]);
    assert_snapshot!(table(&variables, &[
        "#{Hosts[0].Name} #{Hosts[*].Port} #{Alias[1].Name}",
        "#{each h in Hosts}#{h.Name} #{/each}",
        "#{each h in Alias}#{h.Name} #{/each}",
        "#{each e in Map}#{e}=#{e.Value};#{/each}",
        "#{Map.w2[0]} #{Hosts}",
        "#{if Empty}some#{else}none#{/if}",
    ]), @r#"
    #{Hosts[0].Name} #{Hosts[*].Port} #{Alias[1].Name} => w1 80 w2
    #{each h in Hosts}#{h.Name} #{/each} => w1 w2 
    #{each h in Alias}#{h.Name} #{/each} => w1 w2 
    #{each e in Map}#{e}=#{e.Value};#{/each} => k=1;w2=["x"];
    #{Map.w2[0]} #{Hosts} => x [{"Name":"w1","Port":80},{"Name":"w2"}]
    #{if Empty}some#{else}none#{/if} => none
    "#);
}
