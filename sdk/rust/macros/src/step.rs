use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Error, FnArg, ItemFn, LitStr, Result, ReturnType, Type};

use crate::doc;

const POWERS: [&str; 8] = ["run", "write", "read", "http", "env", "variables", "secrets", "packages"];

#[derive(Default)]
struct Arguments {
    name: Option<LitStr>,
    version: Option<LitStr>,
    powers: Vec<String>,
    outputs: Option<Type>,
    idempotent: bool,
    destructive: bool,
}

impl Arguments {
    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("name") {
            let name: LitStr = meta.value()?.parse()?;
            let text = name.value();
            let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
            if !begins || text.len() > 64 || !text.chars().all(letters) {
                return Err(Error::new_spanned(
                    name,
                    "a name is lower-case letters, digits and `-`, at most 64 characters",
                ));
            }
            self.name = Some(name);
        } else if meta.path.is_ident("version") {
            self.version = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("powers") {
            meta.parse_nested_meta(|power| {
                let word = power.path.to_token_stream().to_string();
                if !POWERS.contains(&word.as_str()) {
                    return Err(power.error(format!("a power is one of {}", POWERS.join(", "))));
                }
                self.powers.push(word);
                Ok(())
            })?;
        } else if meta.path.is_ident("outputs") {
            self.outputs = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("idempotent") {
            self.idempotent = true;
        } else if meta.path.is_ident("destructive") {
            self.destructive = true;
        } else {
            return Err(
                meta.error("a step has `name`, `version`, `powers(…)`, `outputs`, `idempotent` and `destructive`")
            );
        }
        Ok(())
    }
}

pub fn step(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut given = Arguments::default();
    syn::meta::parser(|meta| given.take(&meta)).parse2(arguments)?;
    let function: ItemFn = syn::parse2(item)?;
    let name = &function.sig.ident;
    let ReturnType::Type(_, answer) = &function.sig.output else {
        return Err(Error::new_spanned(&function.sig, "a step answers `Result`"));
    };
    let (inputs, made, call) = match function.sig.inputs.iter().collect::<Vec<_>>().as_slice() {
        [] => {
            let made = quote! {
                #[doc(hidden)]
                #[::wharf_step::inputs]
                struct NoInputs {}
            };
            (quote!(NoInputs), made, quote!(#name()))
        }
        [FnArg::Typed(input)] => (input.ty.to_token_stream(), TokenStream::new(), quote!(#name(self))),
        _ => return Err(Error::new_spanned(&function.sig.inputs, "a step takes its inputs, or nothing")),
    };
    let documentation = doc::text(&function.attrs);
    if documentation.is_empty() {
        return Err(Error::new_spanned(&function.sig.ident, "say what the step does in a documentation comment"));
    }
    let step_name = given.name.map_or(quote!(::core::env!("CARGO_PKG_NAME")), ToTokens::into_token_stream);
    let version = given.version.map_or(quote!(::core::env!("CARGO_PKG_VERSION")), ToTokens::into_token_stream);
    let (outputs, body) = match &given.outputs {
        Some(outputs) => (outputs.to_token_stream(), call),
        None => {
            (quote!(<#answer as ::wharf_step::__private::Answer>::Outputs), quote!(::wharf_step::Outputs::set(&#call?)))
        }
    };
    let (powers, idempotent, destructive) = (given.powers, given.idempotent, given.destructive);
    Ok(quote! {
        #function
        #made

        impl ::wharf_step::Step for #inputs {
            type Outputs = #outputs;

            const ABOUT: ::wharf_step::About = ::wharf_step::About {
                name: #step_name,
                version: #version,
                documentation: #documentation,
                powers: &[#(#powers),*],
                idempotent: #idempotent,
                destructive: #destructive,
            };

            fn run(self) -> ::wharf_step::Result {
                #body
            }
        }

        // Natively nothing but tests calls the step; it is used all the same.
        #[cfg(not(target_family = "wasm"))]
        const _: fn(&::core::primitive::str) -> ::wharf_step::Result = ::wharf_step::__private::run::<#inputs>;

        #[cfg(target_family = "wasm")]
        const _: () = {
            use ::wharf_step::__private::bindings;

            struct Component;

            impl bindings::exports::wharf::step::step::Guest for Component {
                fn describe() -> ::std::string::String {
                    ::wharf_step::describe::<#inputs>()
                }

                fn run(
                    inputs: ::std::string::String,
                ) -> ::core::result::Result<(), bindings::wharf::step::types::Error> {
                    ::wharf_step::__private::run::<#inputs>(&inputs).map_err(::core::convert::Into::into)
                }
            }

            bindings::export!(Component with_types_in ::wharf_step::__private::bindings);
        };
    })
}
