"""Values that a unit may state of a field, for property tests of round trips."""

from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary


def texts():
    # Printable text of any script, and the characters that spreadsheets and separators treat
    # specially; the catalog's own rule L2 keeps control characters out of entries.
    special = st.sampled_from(
        ["=1+1", "+x", "-x", "@x", "'=x", "＝x", "a|b", "\\", '"', "a,b", "0012"]
    )
    letters = st.text(
        alphabet=st.characters(exclude_categories=("C", "Zl", "Zp"), include_characters="\n"),
        min_size=1,
        max_size=12,
    )
    return st.one_of(special, letters, st.builds(str.__add__, special, letters))


def field_value(field):
    if field.codelist:
        code = st.sampled_from(sorted(load_vocabulary(field.codelist).concepts)[:9])
        return st.lists(code, max_size=3) if field.is_list else code
    if field.kind == "rows":
        columns = [column for column in field.subfields if column.obligation != "S"]
        return st.lists(
            st.fixed_dictionaries({}, optional={c.name: field_value(c) for c in columns}),
            max_size=3,
        )
    if field.is_list and field.stored_as is None:
        return st.lists(texts(), max_size=3)
    if field.name == "tag_string":
        return st.sampled_from(["", "预算", "预算,决算"])
    return texts()
