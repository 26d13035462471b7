#include "config/moment.hpp"

#include <cstdio>

namespace bulkhead::config {

namespace {

using namespace std::chrono;

// Takes pieces off the front of a text; once one is missing, all that follow are.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    good_ = good_ && rest_.size() >= digits;
    for (std::size_t i = 0; good_ && i < digits; ++i) {
      good_ = rest_[i] >= '0' && rest_[i] <= '9';
      value = value * 10 + (rest_[i] - '0');
    }
    if (good_) rest_.remove_prefix(digits);
    return value;
  }
  bool maybe(std::string_view any) {
    if (!good_ || rest_.empty() || any.find(rest_.front()) == any.npos) return false;
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view any) { good_ = maybe(any) && good_; }
  void skip_digits() {
    number(1);
    while (good_ && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') number(1);
  }
  char taken() const { return taken_; }
  bool good() const { return good_; }
  bool over() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  char taken_ = 0;
  bool good_ = true;
};

std::optional<seconds> time_of_day(Pieces& pieces) {
  const int hour = pieces.number(2);
  pieces.need(":");
  const int minute = pieces.number(2);
  const int second = pieces.maybe(":") ? pieces.number(2) : 0;
  if (pieces.maybe(".")) pieces.skip_digits();
  if (!pieces.good() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return hours(hour) + minutes(minute) + seconds(second);
}

// How far the zone's clocks are ahead of UTC.
std::optional<seconds> zone(Pieces& pieces) {
  pieces.need("Zz+-");
  const char sign = pieces.taken();
  if (!pieces.good()) return std::nullopt;
  if (sign == 'Z' || sign == 'z') return seconds(0);
  const int hour = pieces.number(2);
  pieces.maybe(":");
  const int minute = pieces.number(2);
  if (!pieces.good() || hour > 14 || minute > 59) return std::nullopt;
  const seconds ahead = hours(hour) + minutes(minute);
  return sign == '-' ? -ahead : ahead;
}

}  // namespace

std::optional<WallTime> parse_moment(std::string_view text) {
  Pieces pieces(text);
  const int y = pieces.number(4);
  pieces.need("-");
  const int m = pieces.number(2);
  pieces.need("-");
  const int d = pieces.number(2);
  const year_month_day date(year(y), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d)));
  if (!pieces.good() || y < 1970 || !date.ok()) return std::nullopt;
  const WallTime midnight = sys_days(date);
  if (pieces.over()) return midnight;
  pieces.need("Tt ");
  const auto time = time_of_day(pieces);
  if (!time) return std::nullopt;
  pieces.maybe(" ");
  const auto ahead = zone(pieces);
  if (!ahead || !pieces.over()) return std::nullopt;
  return midnight + *time - *ahead;
}

std::string moment_text(WallTime moment) {
  const auto date = floor<days>(moment);
  const year_month_day ymd(date);
  const hh_mm_ss time(moment - date);
  char out[32];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return out;
}

}  // namespace bulkhead::config
