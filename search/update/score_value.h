// Saturating value of a score and its expectation under a normal distribution (spec/05
// section 4.2).
#pragma once

namespace hayago::search {

// (2/pi) atan((x - centre)/(scale*root_area)), averaged over a score with this mean and stdev.
// root_area: the edge of a square board, else the square root of the number of points.
double expected_score_value(double mean, double stdev, double centre, double scale,
                            double root_area);
// Derivative by the mean of the value of a certain score (section 4.3).
double score_value_slope(double mean, double centre, double scale, double root_area);

}  // namespace hayago::search
