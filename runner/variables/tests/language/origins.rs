//! Which of many values holds.

use crate::write::*;
use insta::assert_snapshot;
use wharf_model::VariableOrigin::{CommandLine, IncludedSet, ProcessFile, VariableFile};
use wharf_variables::{Scopes, Variables, command_line_value};

#[test]
fn specificity_comes_before_the_origin_but_the_command_line_wins_over_all() {
    let dev = |sets: Vec<wharf_model::VariableSet>| Variables::new(sets, Scopes::new().with("environment", ["Dev"]));
    let process = set(ProcessFile, &[define_scoped("x", &[("", plain("process")), ("Dev", plain("process in dev"))])]);
    let file = set(VariableFile, &[define("X ", plain("file"))]);
    let included =
        set(IncludedSet, &[define_scoped("x", &[("Dev", plain("included in dev"))]), define("y", plain("1st"))]);
    let second = set(IncludedSet, &[define("y", plain("2nd"))]);
    let given = set(CommandLine, &[command_line_value("x", "given"), command_line_value("X", "given later")]);
    assert_eq!(evaluate(&dev(vec![file.clone(), process.clone()]), "#{x}"), "process in dev");
    assert_eq!(evaluate(&dev(vec![included.clone(), process.clone()]), "#{x}"), "process in dev");
    assert_eq!(evaluate(&dev(vec![file.clone(), included.clone()]), "#{x}"), "included in dev");
    assert_eq!(evaluate(&dev(vec![second.clone(), included.clone()]), "#{y}"), "2nd");
    assert_eq!(evaluate(&dev(vec![process.clone(), given]), "#{x}"), "given later");
    let first_file = set(VariableFile, &[define("x", plain("first"))]);
    assert_eq!(evaluate(&dev(vec![first_file, file]), "#{x}"), "first");
}

#[test]
fn a_tie_in_one_set_is_an_error_also_over_two_spellings() {
    let process = set(ProcessFile, &[define("Name", plain("one")), define("name", plain("two"))]);
    assert_snapshot!(show(&Variables::new([process.clone()], Scopes::new()).unresolved_scope_ties()), @"
    wharf.yaml:1:1 `two` ambiguous-variable: variable `Name` has 2 values that hold here and are equally specific
      they stand at wharf.yaml:1:1, wharf.yaml:1:1; scope all but one of them more narrowly
    ");
    let given = set(CommandLine, &[command_line_value("NAME", "given")]);
    assert!(Variables::new([process, given], Scopes::new()).unresolved_scope_ties().is_empty());
}

#[test]
fn what_holds_elsewhere_is_no_part_of_a_collection_and_json_takes_its_place() {
    let variables = in_dev(&[
        define_scoped("A[dev].n", &[("Dev", plain("1"))]),
        define_scoped("A[prod].n", &[("Production", plain("2"))]),
        define("J", plain("{\"k\": \"json\"}")),
        define_scoped("J.k", &[("Production", plain("explicit"))]),
    ]);
    assert_eq!(evaluate(&variables, "#{each a in A}#{a}#{/each} #{J.k}"), "dev json");
}
