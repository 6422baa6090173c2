/**
 * The area under the receiver operating characteristic: the probability that a random positive row has a higher score
 * than a random negative one, with ties counting half (Mann and Whitney's U). Labels are 0 and 1.
 */
export function areaUnderCurve(scores: Float32Array, labels: ArrayLike<unknown>): number {
  const order = Array.from(scores, (_, row) => row).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    const meanRank = (start + 1 + end) / 2;
    const positivesHere = order.slice(start, end).filter((row) => labels[row] === 1).length;
    rankSum += meanRank * positivesHere;
    positives += positivesHere;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}
