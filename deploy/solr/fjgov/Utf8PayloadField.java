package fjgov;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;
import org.apache.solr.response.TextResponseWriter;
import org.apache.solr.schema.SchemaField;
import org.apache.solr.schema.StrField;

/**
 * A long text that is kept for answers only, stored as its bytes.
 *
 * <p>Lucene counts and encodes a long Chinese text character by character when it is stored as one;
 * that was a third of all work of adding an entry. The Java library encodes it at once, and what
 * Solr answers is the same text. A schema that names {@code solr.StrField} answers alike, and reads
 * only what was written under it.
 */
public final class Utf8PayloadField extends StrField {
  @Override
  public List<IndexableField> createFields(SchemaField field, Object value) {
    byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
    return List.of(new StoredField(field.getName(), text));
  }

  @Override
  public String toExternal(IndexableField field) {
    BytesRef text = field.binaryValue();
    // An index from before this class holds texts.
    return text == null
        ? field.stringValue()
        : new String(text.bytes, text.offset, text.length, StandardCharsets.UTF_8);
  }

  @Override
  public Object toObject(IndexableField field) {
    return toExternal(field);
  }

  @Override
  public void write(TextResponseWriter writer, String name, IndexableField field)
      throws IOException {
    writer.writeStr(name, toExternal(field), true);
  }
}
