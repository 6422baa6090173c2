import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { isAdminQuery } from "../features/login/api/current-user-query.ts";

/** The way to the jobs, for those who may see them. */
export function JobsNavLink(): ReactNode {
  const isAdmin = useQuery(isAdminQuery()).data;
  return isAdmin === true ? <Link to="/jobs">Jobs</Link> : null;
}
