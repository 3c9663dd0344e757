import "./api.test";
import "./csv.test";
import "./format.test";
import "./incident.test";
import "./range.test";
import "./series.test";
import "./view.test";
import "./words.test";
