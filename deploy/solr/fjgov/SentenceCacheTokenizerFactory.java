package fjgov;

import java.util.Map;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.TokenizerFactory;
import org.apache.lucene.util.AttributeFactory;

/** Makes {@link SentenceCacheTokenizer}; a schema that names Lucene's own one finds the same words. */
public final class SentenceCacheTokenizerFactory extends TokenizerFactory {
  /** Takes no arguments. */
  public SentenceCacheTokenizerFactory(Map<String, String> args) {
    super(args);
    if (!args.isEmpty()) {
      throw new IllegalArgumentException("Unknown parameters: " + args);
    }
  }

  @Override
  public Tokenizer create(AttributeFactory factory) {
    return new SentenceCacheTokenizer(factory);
  }
}
