// The one file that knows the YAML library. Only its event parser is used: its own tree keeps no
// lines of keys, and takes twice the time for a file of 100,000 tenants.
#include "config/file.hpp"
#include "config/tree_builder.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <streambuf>

namespace bulkhead::config {

namespace {

int line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : mark.line + 1;
}

// Tags could name types of which nothing is known here. Quotes count as the tag "!".
void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
  const bool harmless =
      tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:");
  if (!harmless) throw Fault{line_of(mark), "tags (words with '!' in front) are not known here"};
}

class Events : public YAML::EventHandler {
 public:
  explicit Events(TreeBuilder& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    tree_.null(line_of(mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    tree_.alias(line_of(mark), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    tree_.text(line_of(mark), value, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    tree_.begin(Node::Kind::list, line_of(mark), anchor);
  }
  void OnSequenceEnd() override { tree_.end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    tree_.begin(Node::Kind::map, line_of(mark), anchor);
  }
  void OnMapEnd() override { tree_.end(); }

 private:
  TreeBuilder& tree_;
};

// Stands in for whatever follows the first document.
class SecondDocument : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    throw Fault{line_of(mark), "a second document begins here; a file holds one"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// The library's words, but never what stood in the file: it may be a password without quotes.
// What has no end is reported where it begins, for the end of the file helps nobody.
Problem problem_of(const YAML::ParserException& error, const TreeBuilder& tree) {
  using namespace YAML::ErrorMsg;
  const int line = line_of(error.mark);
  if (error.msg.starts_with(UNKNOWN_ANCHOR)) {
    return {"", line, "YAML takes '*' for an alias, and there is none; a pattern needs quotes"};
  }
  if (error.msg.starts_with(INVALID_ESCAPE)) {
    return {"", line, "YAML does not know this escape; a text in single quotes has none"};
  }
  if (error.msg == END_OF_SEQ_FLOW || error.msg == END_OF_MAP_FLOW) {
    return {"", tree.open_line(), "a '[' or '{' in this line is not closed"};
  }
  if (error.msg == DOC_IN_SCALAR) {
    return {"", tree.last_line(), "a quote in this line or soon after it is not closed"};
  }
  return {"", line, "this is not YAML: " + error.msg};
}

// Reads a text where it lies, for a string stream would copy it twice, and then an end mark: the
// parser lets the end of the text close a quote, which then has swallowed all that follows it.
class EndedText : public std::streambuf {
 public:
  explicit EndedText(std::string_view text) { read_from(text); }

 protected:
  int_type underflow() override {
    if (gptr() == egptr() && !at_end_mark_) {
      at_end_mark_ = true;
      read_from(kEndMark);
    }
    return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }

 private:
  void read_from(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // nothing is ever put into it
    setg(begin, begin, begin + text.size());
  }

  static constexpr std::string_view kEndMark = "\n...\n";
  bool at_end_mark_ = false;
};

void parse(std::string_view text, TreeBuilder& tree) {
  EndedText buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  Events events(tree);
  if (!parser.HandleNextDocument(events)) return;
  SecondDocument second;
  parser.HandleNextDocument(second);
}

}  // namespace

std::optional<Document> parse_yaml(std::string_view text, const std::string& file,
                                   Problems& problems) {
  if (auto problem = check_text(text, file)) {
    problems.push_back(std::move(*problem));
    return std::nullopt;
  }
  TreeBuilder tree(file, problems);
  try {
    parse(text, tree);
    return tree.take();
  } catch (const YAML::ParserException& error) {
    problems.push_back(problem_of(error, tree));
    problems.back().file = file;
  } catch (const Fault& fault) {
    problems.push_back({file, fault.line, fault.sentence});
  }
  return std::nullopt;
}

}  // namespace bulkhead::config
