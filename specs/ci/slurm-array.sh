#!/bin/sh
#SBATCH --job-name=softproof
#SBATCH --array=1-4
# Slurm array: `--shard auto` reads SLURM_ARRAY_TASK_ID and its count. Afterwards: softproof merge shard-1 shard-2 shard-3 shard-4 --output out
softproof run my-specs --shard auto --output "shard-$SLURM_ARRAY_TASK_ID" --quiet || test $? -eq 1
