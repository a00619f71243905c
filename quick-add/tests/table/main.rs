//! What texts are read as: the tables of phrases, the document, and what holds for every text.

mod document;
mod phrases;
mod properties;
mod shown;
