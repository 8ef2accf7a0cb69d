use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Expr, ExprLit, Field, Fields, Item, ItemStruct, Lit, Result, Token};

const POWERS: [&str; 7] = ["read", "write", "http", "package", "run", "step", "variables"];

pub fn inputs(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    nothing(&arguments)?;
    let mut item: Item = syn::parse2(item)?;
    let mut defaults = Vec::new();
    let strict = match &mut item {
        Item::Struct(item) => {
            for field in &mut item.fields {
                defaults.extend(input(&item.ident, field)?);
            }
            matches!(item.fields, Fields::Named(_)).then(|| quote!(, deny_unknown_fields))
        }
        Item::Enum(_) => None,
        other => return Err(Error::new_spanned(other, "`#[inputs]` is for a struct, or for an enum in one")),
    };
    Ok(quote! {
        #[derive(::wharf_step::__private::serde::Deserialize, ::wharf_step::__private::serde::Serialize)]
        #[derive(::wharf_step::__private::schemars::JsonSchema)]
        #[serde(crate = "::wharf_step::__private::serde", rename_all = "kebab-case" #strict)]
        #[schemars(crate = "::wharf_step::__private::schemars")]
        #item
        #(#defaults)*
    })
}

/// Rewrites the `#[input(…)]` of a field; answers the function of its default, if it has one.
fn input(owner: &syn::Ident, field: &mut Field) -> Result<Option<TokenStream>> {
    let mut default = None;
    let mut added: Vec<Attribute> = Vec::new();
    for attribute in take(&mut field.attrs, "input") {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("power") {
                let powers: Expr = meta.value()?.parse()?;
                check_powers(&powers)?;
                added.push(syn::parse_quote!(#[schemars(extend("x-power" = #powers))]));
            } else if meta.path.is_ident("secret") {
                added.push(syn::parse_quote!(#[schemars(extend("x-secret" = true))]));
            } else if meta.path.is_ident("default") {
                default = Some(if meta.input.peek(Token![=]) { Some(meta.value()?.parse::<Expr>()?) } else { None });
            } else {
                return Err(meta.error("an input has `default`, `power` or `secret`"));
            }
            Ok(())
        })?;
    }
    field.attrs.extend(added);
    let function = match default {
        None => return Ok(None),
        Some(None) => {
            field.attrs.push(syn::parse_quote!(#[serde(default)]));
            return Ok(None);
        }
        Some(Some(value)) => {
            let name =
                field.ident.as_ref().ok_or_else(|| Error::new_spanned(&value, "only a named input has a default"))?;
            let function = format_ident!("__default_of_{owner}_{name}");
            let path = function.to_string();
            field.attrs.push(syn::parse_quote!(#[serde(default = #path)]));
            let kind = &field.ty;
            let value = match &value {
                Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => quote!(::core::convert::Into::into(#value)),
                _ => quote!(#value),
            };
            quote! {
                #[doc(hidden)]
                #[expect(non_snake_case, reason = "named after the type and its field")]
                fn #function() -> #kind { #value }
            }
        }
    };
    Ok(Some(function))
}

/// One word, or a list of words.
fn check_powers(powers: &Expr) -> Result<()> {
    match powers {
        Expr::Array(list) => list.elems.iter().try_for_each(check_powers),
        Expr::Lit(ExprLit { lit: Lit::Str(word), .. }) if POWERS.contains(&word.value().as_str()) => Ok(()),
        other => Err(Error::new_spanned(other, format!("a power is one of {}, or a list of them", POWERS.join(", ")))),
    }
}

pub fn outputs(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    nothing(&arguments)?;
    let mut item: ItemStruct = syn::parse2(item)?;
    let mut sensitive = Vec::new();
    for field in &mut item.fields {
        let (mut is_known_in_plan, mut is_live) = (false, false);
        for attribute in take(&mut field.attrs, "output") {
            attribute.parse_nested_meta(|meta: ParseNestedMeta<'_>| {
                if meta.path.is_ident("sensitive") {
                    sensitive.extend(field.ident.as_ref().map(|name| name.to_string().replace('_', "-")));
                } else if meta.path.is_ident("known_in_plan") {
                    is_known_in_plan = true;
                } else if meta.path.is_ident("live") {
                    is_live = true;
                } else {
                    return Err(meta.error("an output may be `sensitive`, `known_in_plan` and `live`"));
                }
                Ok(())
            })?;
        }
        if is_live {
            field.attrs.push(syn::parse_quote!(#[schemars(extend("x-live" = true))]));
        }
        if is_known_in_plan {
            field.attrs.push(syn::parse_quote!(#[schemars(extend("x-known-in-plan" = true))]));
        }
    }
    let name = &item.ident;
    Ok(quote! {
        #[derive(::wharf_step::__private::serde::Serialize, ::wharf_step::__private::schemars::JsonSchema)]
        #[serde(crate = "::wharf_step::__private::serde", rename_all = "kebab-case")]
        #[schemars(crate = "::wharf_step::__private::schemars")]
        #item

        impl ::wharf_step::Outputs for #name {
            fn schema() -> ::core::option::Option<::wharf_step::__private::serde_json::Value> {
                ::wharf_step::__private::schema_of_outputs::<Self>()
            }

            fn set(&self) -> ::wharf_step::Result {
                ::wharf_step::__private::set_outputs(self, &[#(#sensitive),*])
            }
        }
    })
}

fn take(attributes: &mut Vec<Attribute>, name: &str) -> Vec<Attribute> {
    attributes.extract_if(.., |attribute| attribute.path().is_ident(name)).collect()
}

fn nothing(arguments: &TokenStream) -> Result<()> {
    if arguments.is_empty() { Ok(()) } else { Err(Error::new_spanned(arguments, "there is nothing to say here")) }
}
