//! What one module says about others: which names it defines, what it imports, which
//! paths its code mentions. Code that is compiled only for tests is left out.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Field, Ident, ImplItemFn, Item, Macro, Meta, UseTree, Visibility};

#[derive(Default)]
pub struct Source {
    /// The name of a macro ends in `!`, here and in `mentions`.
    pub defined: BTreeSet<String>,
    pub imports: Vec<Import>,
    /// Paths in the code, single names among them, with their lines.
    pub mentions: Vec<(String, usize)>,
}

/// One name that a `use` brings in, or one glob.
pub struct Import {
    /// The path of a glob is that of the module: `crate::top::self`.
    pub path: String,
    /// `*` for a glob.
    pub name: String,
    /// `pub`, `pub(crate)` and the like.
    pub public: bool,
    pub line: usize,
}

pub fn read(items: &[Item]) -> Source {
    let mut source = Source::default();
    for item in items {
        let end = if let Item::Macro(_) = item { "!" } else { "" };
        if let (attributes, Some(name)) = head(item)
            && !only_for_tests(attributes)
        {
            source.defined.insert(format!("{name}{end}"));
        }
        source.visit_item(item);
    }
    source
}

/// The attributes of an item, and the name that it defines.
fn head(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

pub fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| is_cfg_test(&attribute.meta))
}

fn is_cfg_test(attribute: &Meta) -> bool {
    let Meta::List(list) = attribute else {
        return false;
    };
    let condition = list.tokens.to_string().replace(' ', "");
    list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
}

fn line(span: Span) -> usize {
    span.start().line
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            item if only_for_tests(head(item).0) => {}
            // The caller reads it as a module of its own.
            Item::Mod(_) => {}
            Item::Use(import) => {
                let public = !matches!(import.vis, Visibility::Inherited);
                let start = import.leading_colon.as_ref().map_or("", |_| "::");
                self.import(&import.tree, start, public);
            }
            item => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        if !only_for_tests(&method.attrs) {
            visit::visit_impl_item_fn(self, method);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !only_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(path, "");
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.mention(&call.path, "!");
        self.tokens(call.tokens.clone());
    }
}

impl Source {
    /// `start` is the path in front of the tree.
    fn import(&mut self, tree: &UseTree, start: &str, public: bool) {
        let (last, name, span) = match tree {
            UseTree::Path(part) => {
                return self.import(&part.tree, &format!("{start}{}::", part.ident), public);
            }
            UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.import(tree, start, public));
            }
            UseTree::Name(it) => (it.ident.to_string(), it.ident.to_string(), it.ident.span()),
            UseTree::Rename(it) => (it.ident.to_string(), it.rename.to_string(), it.ident.span()),
            UseTree::Glob(it) => ("self".to_string(), "*".to_string(), it.star_token.span),
        };
        let name = match name.as_str() {
            "self" => start.rsplit("::").nth(1).unwrap_or_default().to_string(),
            _ => name,
        };
        self.imports.push(Import {
            path: format!("{start}{last}"),
            name,
            public,
            line: line(span),
        });
    }

    fn mention(&mut self, path: &syn::Path, end: &str) {
        let start = path.leading_colon.as_ref().map_or("", |_| "::");
        let names = path.segments.iter().map(|part| part.ident.to_string());
        let names = Vec::from_iter(names).join("::");
        let line = line(path.segments[0].ident.span());
        self.mentions.push((format!("{start}{names}{end}"), line));
    }

    /// The body or the arguments of a macro: syn does not parse them.
    fn tokens(&mut self, tokens: TokenStream) {
        // The punctuation since the last path; after any other token, it begins with a
        // blank.
        let mut between = " ".to_string();
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            let last = self.mentions.last_mut().map(|(path, _)| path);
            let new = match (token, last) {
                (TokenTree::Punct(mark), _) => {
                    between.push(mark.as_char());
                    continue;
                }
                (TokenTree::Ident(word), Some(path)) if between == "::" => {
                    path.push_str(&format!("::{word}"));
                    ""
                }
                // A field or a method, but not the end of a range.
                (TokenTree::Ident(_), _) if between.ends_with('.') && !between.ends_with("..") => {
                    " "
                }
                (TokenTree::Ident(word), _) => {
                    let line = line(word.span());
                    self.mentions.push((word.to_string(), line));
                    ""
                }
                (TokenTree::Group(group), _) if between.ends_with('#') => {
                    let attribute = syn::parse2(group.stream());
                    if attribute.is_ok_and(|attribute| is_cfg_test(&attribute)) {
                        tokens.by_ref().find(is_block);
                    }
                    " "
                }
                (TokenTree::Group(group), last) => {
                    // A macro that is called; or the braces of a `use`: an item of that module.
                    if let Some(path) = last
                        && ["!", "::"].contains(&between.as_str())
                    {
                        path.push_str(&between);
                    }
                    self.tokens(group.stream());
                    " "
                }
                (TokenTree::Literal(_), _) => " ",
            };
            between = new.to_string();
        }
    }
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
