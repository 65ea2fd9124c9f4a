package fjgov;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cn.smart.HMMChineseTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.TypeAttribute;
import org.apache.lucene.analysis.util.SegmentingTokenizerBase;
import org.apache.lucene.util.AttributeFactory;

/**
 * Cuts Chinese text into the words of {@link HMMChineseTokenizer}, and remembers short clauses.
 *
 * <p>A catalog says the same again and again: names of units, of data items, of codes. Cutting them
 * anew took a third of the time of indexing. The segmenter weighs a word by its neighbours, and a
 * delimiter is a word of its own in every cutting: so a clause that is cut together with the
 * delimiters at both its ends has the words that it has in its sentence.
 */
public final class SentenceCacheTokenizer extends SegmentingTokenizerBase {
  private static final int LONGEST_KEPT = 64;
  private static final int MOST_KEPT = 20_000;
  private static final String DELIMITERS = ",;:()，、；：（）";
  private static final IntPredicate BLANK = one -> one == ' ';
  private static final IntPredicate DELIMITER = one -> true;
  private static final List<IntPredicate> KINDS =
      List.of(BLANK, Character::isLetter, Character::isDigit, DELIMITER);
  private static final BreakIterator SENTENCES = BreakIterator.getSentenceInstance(Locale.ROOT);

  /** One for all fields and cores of the server: words depend on the clause alone. */
  private static final Map<String, List<Word>> KNOWN = new ConcurrentHashMap<>();

  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final OffsetAttribute place = addAttribute(OffsetAttribute.class);
  private final TypeAttribute type = addAttribute(TypeAttribute.class);
  private final Tokenizer cutter = new HMMChineseTokenizer();
  private List<Word> words = List.of();
  private int next;
  private int clauseStart;
  private int clauseEnd;
  private int sentenceEnd;

  /** One word with its place in the clause. */
  private record Word(char[] text, int start, int end, String type) {}

  SentenceCacheTokenizer(AttributeFactory factory) {
    super(factory, (BreakIterator) SENTENCES.clone());
  }

  @Override
  public void reset() throws IOException {
    super.reset();
    setNextSentence(0, 0);
  }

  @Override
  protected void setNextSentence(int start, int end) {
    clauseStart = start;
    clauseEnd = start;
    sentenceEnd = end;
    words = List.of();
    next = 0;
  }

  @Override
  protected boolean incrementWord() {
    while (next == words.size()) {
      if (clauseEnd == sentenceEnd) {
        return false;
      }
      takeClause();
    }
    Word word = words.get(next++);
    clearAttributes();
    term.copyBuffer(word.text(), 0, word.text().length);
    int begin = offset + clauseStart;
    place.setOffset(correctOffset(begin + word.start()), correctOffset(begin + word.end()));
    type.setType(word.type());
    return true;
  }

  /** Cuts on to the next delimiter; the one before comes along, but its own word was given. */
  private void takeClause() {
    boolean isFirst = clauseEnd == clauseStart;
    clauseStart = isFirst ? clauseEnd : clauseEnd - 1;
    do {
      clauseEnd++;
    } while (clauseEnd < sentenceEnd && DELIMITERS.indexOf(buffer[clauseEnd - 1]) < 0);
    words = wordsOf(new String(buffer, clauseStart, clauseEnd - clauseStart));
    next = isFirst ? 0 : 1;
  }

  private List<Word> wordsOf(String clause) {
    if (clause.chars().allMatch(one -> one >= ' ' && one <= '~')) {
      return cutAscii(clause);
    }
    List<Word> found = KNOWN.get(clause);
    if (found == null) {
      found = cut(clause);
      if (clause.length() <= LONGEST_KEPT) {
        keep(clause, found);
      }
    }
    return found;
  }

  private static void keep(String clause, List<Word> found) {
    if (KNOWN.size() >= MOST_KEPT) {
      // What is said often is back soon.
      KNOWN.clear();
    }
    KNOWN.put(clause, found);
  }

  /** Cuts an identifier: the segmenter knows no other way, and few come twice. */
  private static List<Word> cutAscii(String clause) {
    List<Word> found = new ArrayList<>();
    int end;
    for (int start = 0; start < clause.length(); start = end) {
      IntPredicate kind = kindOf(clause.charAt(start));
      end = start + 1;
      while (kind != DELIMITER && end < clause.length() && kind.test(clause.charAt(end))) {
        end++;
      }
      if (kind != BLANK) {
        // Every delimiter is the same word.
        String text = kind == DELIMITER ? "," : clause.substring(start, end).toLowerCase(Locale.ROOT);
        found.add(new Word(text.toCharArray(), start, end, TypeAttribute.DEFAULT_TYPE));
      }
    }
    return found;
  }

  private static IntPredicate kindOf(char one) {
    return KINDS.stream().filter(kind -> kind.test(one)).findFirst().orElseThrow();
  }

  private List<Word> cut(String clause) {
    CharTermAttribute text = cutter.getAttribute(CharTermAttribute.class);
    OffsetAttribute at = cutter.getAttribute(OffsetAttribute.class);
    TypeAttribute kind = cutter.getAttribute(TypeAttribute.class);
    List<Word> found = new ArrayList<>();
    try (Tokenizer source = cutter) {
      source.setReader(new StringReader(clause));
      source.reset();
      while (source.incrementToken()) {
        char[] copied = text.toString().toCharArray();
        found.add(new Word(copied, at.startOffset(), at.endOffset(), kind.type()));
      }
      source.end();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return found;
  }
}
