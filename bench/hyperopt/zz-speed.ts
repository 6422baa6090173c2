import { hp, tpe, auto, fmin, Trials, newTrial, compileSpace, assignmentOf, rand } from "@flightdeck/hyperopt";
for (const d of [5,20]) for (const n of [1000,10000]) {
  const space = Object.fromEntries(Array.from({length:d},(_, i)=>["x"+i,hp.uniform("x"+i,-5,5)]));
  const trials=new Trials(); const fn=(p)=>Object.values(p).reduce((s,x)=>s+x*x,0);
  await fmin({fn,space,algo:rand.suggest,maxEvals:n,trials,seed:1});
  await fmin({fn,space,algo:tpe.suggest,maxEvals:n+50,trials,seed:1});
  const K=300; const t=process.cpuUsage();
  await fmin({fn,space,algo:tpe.suggest,maxEvals:n+50+K,trials,seed:1});
  const c=process.cpuUsage(t); console.log(d,n,((c.user+c.system)/1000/K).toFixed(4),"ms per trial", trials.bestTrial.result.loss.toFixed(3));
}
