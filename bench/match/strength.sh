#!/bin/sh
# What the search terms beyond plain PUCT are worth: the defaults (A) against a search without them
# (B) on the same network, the same visits and paired random openings.
#
#     bench/match/strength.sh [MODEL] [further flags of 'hayago match', e.g. --games 4]
#
# An interrupted match goes on when the same command is given again. HAYAGO = the program, OUT = the
# directory of the results.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
hayago=${HAYAGO:-$root/build/hayago}
model=${1:-$root/../shared/models/g170-b6c96-s175395328-d26788732.bin.gz}
[ $# -gt 0 ] && shift

# First-play urgency reduction, score utility, cpuct that grows with visits and with the spread of
# the values, weights by value and uncertainty, noise pruning, transpositions, subtree value bias,
# pruning of symmetric and useless moves, ending bonus, rules for passes, LCB, policy optimism: off.
plain="fpuReductionMax=0,rootFpuReductionMax=0,fpuParentWeightByVisitedPolicy=false"
plain="$plain,fpuParentWeight=0,staticScoreUtilityFactor=0,dynamicScoreUtilityFactor=0"
plain="$plain,cpuctExplorationLog=0,cpuctUtilityStdevScale=0,valueWeightExponent=0"
plain="$plain,useUncertainty=false,useNoisePruning=false,useGraphSearch=false"
plain="$plain,subtreeValueBiasFactor=0,rootSymmetryPruning=false,rootPruneUselessMoves=false"
plain="$plain,rootEndingBonusPoints=0,conservativePass=false,enablePassingHacks=false"
plain="$plain,enableMorePassingHacks=false,useLcbForSelection=false,policyOptimism=0"
plain="$plain,rootPolicyOptimism=0"

exec "$hayago" match --model "$model" --a-name modern --b-name "plain PUCT" \
  --b-override "$plain" --games 400 --visits 64 --size 19 --seed strength \
  --resign-winrate 0.03 --resign-moves 6 --out "${OUT:-strength}" "$@"
